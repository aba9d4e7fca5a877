"""starmap, and a call inside the task that lacks an argument."""

import multiprocessing


def inner(a, b):
    return a


def task(a, b):
    return inner(a)


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.starmap(task, [(1, 2)])
