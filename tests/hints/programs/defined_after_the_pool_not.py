"""Defined before it; an attribute of a module is missing in the task."""

import multiprocessing, os


def task(x):
    return os.no_such_thing


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply(task, (1,))
