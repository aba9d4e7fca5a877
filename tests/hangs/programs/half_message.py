"""Kills a worker in the middle of a message, and reads on."""

import multiprocessing
import os
import signal
import sys


def produce(results):
    results.put(b"x" * 10_000_000)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    results = context.SimpleQueue()
    worker = context.Process(target=produce, args=(results,))
    worker.start()
    results._reader.poll(None)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    print(len(results.get()))
