"""Waits for the result of a task whose worker was killed; for mpdiag run --no-rescue."""

import multiprocessing
import os
import signal
import sys


def resize(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        print(pool.map(resize, range(8), chunksize=1))
