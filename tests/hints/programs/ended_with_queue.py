"""A process is ended while it puts items into a queue."""

import multiprocessing


def task(queue):
    for number in range(1_000_000):
        queue.put(number)


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=task, args=(queue,))
    process.start()
    print(queue.get())
    process.terminate()
    process.join()
