"""A task that fails with the same words."""

import multiprocessing


def task(x):
    raise ValueError("Error sending result to the customer")


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.apply(task, (1,))
