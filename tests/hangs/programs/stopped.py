"""Waits for a worker that has been stopped."""

import multiprocessing
import os
import signal
import sys


def work():
    os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    worker = context.Process(target=work)
    worker.start()
    worker.join()
