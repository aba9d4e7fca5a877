"""A default that each task of a worker goes on with."""

import multiprocessing


def task(x, seen=[]):
    seen.append(x)
    return list(seen)


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1, 2]))
