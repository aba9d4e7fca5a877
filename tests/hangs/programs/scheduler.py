"""Looks up every four seconds whether there is something to do, with idle workers."""

import multiprocessing
import sys
import threading

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        stop = threading.Event()
        while not stop.wait(4):
            pool.map(abs, [])
