"""Joins a worker before the queue that it filled has been read."""

import multiprocessing
import sys


def fetch(results):
    results.put(b"x" * 1_000_000)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    results = context.Queue()
    reader = context.Process(target=fetch, args=(results,))
    reader.start()
    reader.join()
    print(len(results.get()))
