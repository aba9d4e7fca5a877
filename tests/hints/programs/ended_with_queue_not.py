"""A process without a queue is ended; one with a queue gets a stop item."""

import multiprocessing, time


def task(queue):
    print(list(iter(queue.get, None)))


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=task, args=(queue,))
    process.start()
    sleeper = multiprocessing.Process(target=time.sleep, args=(60,))
    sleeper.start()
    sleeper.terminate()
    queue.put(None)
    process.join()
