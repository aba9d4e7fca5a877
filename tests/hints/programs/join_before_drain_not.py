"""The queue is read first."""

import multiprocessing


def task(queue):
    queue.put(1)


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=task, args=(queue,))
    process.start()
    print(queue.get())
    process.join()
