"""A worker that waits for it."""

import multiprocessing


def task(queue):
    queue.put("x" * 100_000)
    queue.close()
    queue.join_thread()


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=task, args=(queue,))
    process.start()
    print(len(queue.get()))
    process.join()
