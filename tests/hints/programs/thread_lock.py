"""An input holds a lock of threads."""

import multiprocessing, threading


class Counter:
    def __init__(self):
        self.lock = threading.Lock()


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(id, [Counter()])
