"""A global that is set below the guard, under spawn."""

import multiprocessing


def task(x):
    return config[x]


if __name__ == "__main__":
    config = {1: 2}
    process = multiprocessing.get_context("spawn").Process(target=task, args=(1,))
    process.start()
    process.join()
