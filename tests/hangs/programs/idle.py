"""Sleeps, with workers that have nothing to do."""

import multiprocessing
import sys
import time


def work(number):
    return number


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        pool.map(work, range(4))
        time.sleep(60)
