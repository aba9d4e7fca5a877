"""numpy's own generator in forked workers: all have its state."""

import multiprocessing

import numpy as np


def task(x):
    return np.random.rand()


if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(pool.map(task, range(4)))
