"""A timeout of the task itself."""

import multiprocessing


def task(x):
    raise TimeoutError("no answer")


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.apply(task, (1,))
