"""The same queue, passed while the worker starts; the task fails of its own."""

import multiprocessing


def task(queue):
    raise RuntimeError("Queue objects should be shared")


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=task, args=(queue,))
    process.start()
    process.join()
