"""A pool at the top of a module, though there is a guard further down."""

import multiprocessing


def task(x):
    return x


pool = multiprocessing.get_context("fork").Pool(1)

if __name__ == "__main__":
    print(pool.map(task, [1]))
    pool.terminate()
