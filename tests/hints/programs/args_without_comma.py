"""args=(x) in place of args=(x,)."""

import multiprocessing


def task(x):
    pass


if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=task, args=(5))
    process.start()
    process.join()
