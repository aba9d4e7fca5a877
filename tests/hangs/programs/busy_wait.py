"""Asks again and again whether there is something in a queue."""

import multiprocessing
import sys


def work(items):
    while items.empty():
        pass
    print(items.get())


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    items = context.Queue()
    worker = context.Process(target=work, args=(items,))
    worker.start()
    worker.join()
