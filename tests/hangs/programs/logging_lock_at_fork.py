"""Forks while a thread is inside a log handler that has a lock of its own."""

import logging
import multiprocessing
import sys
import threading

inside = threading.Event()
over = threading.Event()


class Shipper(logging.Handler):
    def __init__(self):
        super().__init__()
        self.wire = threading.Lock()

    def handle(self, record):
        self.emit(record)

    def emit(self, record):
        with self.wire:
            inside.set()
            over.wait()


def work():
    logging.getLogger("app").warning("from the worker")


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    logging.getLogger("app").addHandler(Shipper())
    thread = threading.Thread(target=work, name="shipper", daemon=True)
    thread.start()
    inside.wait()
    worker = context.Process(target=work)
    worker.start()
    worker.join()
