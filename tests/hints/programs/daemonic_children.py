"""A pool inside a worker of a pool."""

import multiprocessing


def task(x):
    with multiprocessing.Pool(1) as pool:
        return pool.map(abs, [x])


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(task, [1])
