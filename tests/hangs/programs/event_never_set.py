"""Waits for an event that is set by nobody."""

import multiprocessing
import sys


def work(ready):
    ready.wait()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    ready = context.Event()
    worker = context.Process(target=work, args=(ready,))
    worker.start()
    worker.join()
