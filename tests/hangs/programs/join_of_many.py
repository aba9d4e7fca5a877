"""Joins the second of two workers, which cannot write before the first, which nobody reads."""

import multiprocessing
import sys
import time


def fetch(results):
    results.put(b"x" * 1_000_000)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    results = context.Queue()
    first, second = (context.Process(target=fetch, args=(results,)) for _ in range(2))
    first.start()
    while results.empty():
        time.sleep(0.01)
    second.start()
    second.join()
    first.join()
