"""Set above the import, and another variable below it."""

import multiprocessing
import os

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np

os.environ["JOB_NAME"] = "sum"


def task(x):
    return float(np.ones(2).sum())


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))
