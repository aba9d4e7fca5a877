"""A worker that leaves without waiting for what it has put."""

import multiprocessing


def task(queue):
    queue.put("x" * 100_000)
    queue.cancel_join_thread()


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=task, args=(queue,))
    process.start()
    process.join()
