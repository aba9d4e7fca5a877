"""A decorator left another function behind the name."""

import multiprocessing


def task(x):
    return x


real = task


def task(x):
    return real(x)


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(real, [1])
