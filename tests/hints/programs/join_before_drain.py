"""A process is joined before the queue is read that it fills."""

import multiprocessing


def task(queue):
    queue.put(1)


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=task, args=(queue,))
    process.start()
    process.join()
    print(queue.get())
