"""Forks while a thread holds a lock that the child wants."""

import multiprocessing
import sys
import threading

cache_lock = threading.Lock()
held = threading.Event()
over = threading.Event()


def refresh():
    with cache_lock:
        held.set()
        over.wait()


def work():
    with cache_lock:
        print("done")


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    threading.Thread(target=refresh, name="refresher", daemon=True).start()
    held.wait()
    worker = context.Process(target=work)
    worker.start()
    worker.join()
