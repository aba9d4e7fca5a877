"""Waits for an event that a timer of its own will set, with idle workers and a manager."""

import multiprocessing
import sys
import threading


def keep(shared, lock, number):
    with lock:
        shared[number] = number


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Manager() as manager, context.Pool(2) as pool:
        shared, lock = manager.dict(), manager.Lock()
        pool.starmap(keep, [(shared, lock, number) for number in range(4)])
        over = threading.Event()
        timer = threading.Timer(60, over.set)
        timer.daemon = True
        timer.start()
        over.wait()
        print(len(shared))
