"""Has a task that never ends, in Python."""

import multiprocessing
import sys


def spin(number):
    while number < 10:
        number = (number + 1) % 10
    return number


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        print(pool.apply(spin, (1,)))
