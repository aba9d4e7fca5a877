"""Kills the manager whose queue feeds the worker, and waits for the worker's result."""

import multiprocessing
import os
import signal
import sys


def work(items, results):
    while True:
        results.put(items.get() + 1)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    manager = context.Manager()
    items, results = manager.Queue(), context.Queue()
    worker = context.Process(target=work, args=(items, results))
    worker.start()
    items.put(1)
    print(results.get())
    os.kill(manager._process.pid, signal.SIGKILL)
    print(results.get())
