"""Joins a queue of which one item was taken and never marked done."""

import multiprocessing
import sys


def work(items):
    while (item := items.get()) is not None:
        if item != 2:
            items.task_done()
    items.task_done()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    items = context.JoinableQueue()
    for item in (1, 2, 3, None):
        items.put(item)
    worker = context.Process(target=work, args=(items,))
    worker.start()
    items.join()
