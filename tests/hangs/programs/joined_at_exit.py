"""Ends, and leaves a worker waiting for more."""

import multiprocessing
import sys


def work(items, results):
    while True:
        results.put(items.get() + 1)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    items, results = context.Queue(), context.Queue()
    context.Process(target=work, args=(items, results)).start()
    items.put(1)
    print(results.get())
