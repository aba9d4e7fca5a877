"""The same with an executor outside; the task fails of its own."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def task(x):
    with multiprocessing.Pool(1) as pool:
        pool.map(abs, [x])
    raise AssertionError("no children")


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        pool.submit(task, 1).result()
