"""A task returns what cannot be pickled."""

import multiprocessing, threading


def task(x):
    return threading.Lock()


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.apply(task, (1,))
