"""Kills a worker that holds a lock, and then wants the lock."""

import multiprocessing
import os
import signal
import sys


def hold(lock):
    lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    lock = context.Lock()
    worker = context.Process(target=hold, args=(lock,))
    worker.start()
    worker.join()
    with lock:
        print("done")
