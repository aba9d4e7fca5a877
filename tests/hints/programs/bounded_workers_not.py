"""A Pool that does so."""

import multiprocessing


def task(x):
    return x


if __name__ == "__main__":
    with multiprocessing.Pool(1, maxtasksperchild=5) as pool:
        print(pool.map(task, [1]))
