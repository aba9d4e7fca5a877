"""The same under a Pool: the thread that reads results ends."""

import multiprocessing


class Refused(Exception):
    def __init__(self, code, why):
        super().__init__(f"{code}: {why}")


def task(x):
    raise Refused(7, "no")


if __name__ == "__main__":
    pool = multiprocessing.Pool(1)
    pool.apply_async(task, (1,)).wait(1)
    import os

    pool._pool[0].kill()
    os._exit(1)
