"""The method of an object that keeps a process."""

import multiprocessing


class Job:
    def __init__(self):
        self.process = multiprocessing.Process(target=print)

    def task(self, x):
        return x


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(Job().task, [1])
