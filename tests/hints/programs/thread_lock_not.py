"""A lock of processes in the same place is another trouble."""

import multiprocessing


class Counter:
    def __init__(self):
        self.lock = multiprocessing.Lock()


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(id, [Counter()])
