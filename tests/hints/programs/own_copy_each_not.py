"""The same lock, handed over by the initializer."""

import multiprocessing

lock = None


def begin(its):
    global lock
    lock = its


def task(x):
    with lock:
        return x


if __name__ == "__main__":
    with multiprocessing.Pool(1, begin, (multiprocessing.Lock(),)) as pool:
        print(pool.map(task, [1]))
