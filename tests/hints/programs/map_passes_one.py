"""Items are tuples, and map gives each whole."""

import multiprocessing


def task(a, b):
    return a + b


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(task, [(1, 2)])
