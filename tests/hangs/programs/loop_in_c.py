"""Has a task that never ends, in C code that holds the interpreter's lock."""

import collections
import itertools
import multiprocessing
import sys


def count(number):
    return collections.deque(itertools.repeat(number), maxlen=0)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        print(pool.apply(count, (1,)))
