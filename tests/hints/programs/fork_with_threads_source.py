"""A pool is made while a thread of the program is running."""

import multiprocessing, threading


def task(x):
    return x


if __name__ == "__main__":
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))
    stop.set()
