"""A worker that ends as soon as the queue is empty at that moment."""

import multiprocessing


def task(queue):
    while not queue.empty():
        print(queue.get())


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    queue.put(1)
    process = multiprocessing.Process(target=task, args=(queue,))
    process.start()
    process.join()
