"""The number of threads is set after numpy has read it."""

import multiprocessing
import os

import numpy as np

os.environ["OMP_NUM_THREADS"] = "1"


def task(x):
    return float(np.ones(2).sum())


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))
