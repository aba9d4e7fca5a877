"""Python's own generator, which a fork seeds anew, and one generator for each task."""

import multiprocessing
import random

import numpy as np


def task(x):
    return random.random() + np.random.default_rng([1, x]).random()


if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(pool.map(task, range(4)))
