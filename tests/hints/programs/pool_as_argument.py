"""A method is the target, and its object keeps the pool."""

import multiprocessing


class Job:
    def __init__(self):
        self.pool = multiprocessing.Pool(1)

    def task(self, x):
        return x


if __name__ == "__main__":
    job = Job()
    job.pool.map(job.task, [1])
