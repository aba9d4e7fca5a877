"""The two have names of their own."""

import multiprocessing


def task(x):
    raise ValueError("it's not the same object")


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(task, [1])
