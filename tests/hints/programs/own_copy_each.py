"""A lock of the module: under spawn each worker has one of its own."""

import multiprocessing

lock = multiprocessing.Lock()


def task(x):
    with lock:
        return x


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))
