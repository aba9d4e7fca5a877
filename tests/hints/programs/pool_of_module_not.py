"""A pool of threads at the top of a module, and one of processes in a function."""

import multiprocessing.pool


def task(x):
    return x


threads = multiprocessing.pool.ThreadPool(1)


def make():
    return multiprocessing.Pool(1)


if __name__ == "__main__":
    with make() as pool:
        print(pool.map(task, [1]))
    threads.terminate()
