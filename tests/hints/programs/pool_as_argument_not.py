"""The same object leaves the pool out."""

import multiprocessing


class Job:
    def __init__(self):
        self.pool = multiprocessing.Pool(1)

    def __getstate__(self):
        return {}

    def task(self, x):
        raise NotImplementedError("pool objects")


if __name__ == "__main__":
    job = Job()
    job.pool.map(job.task, [1])
