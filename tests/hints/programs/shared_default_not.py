"""A mutable default that is only read, and one that only the program changes."""

import multiprocessing


def task(x, weights=[1, 2]):
    return sum(weights) * x


def collect(x, seen=[]):
    seen.append(x)
    return seen


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        for one in pool.map(task, [1, 2]):
            print(collect(one))
