"""A lock that nobody keeps until the spawned worker has started."""

import multiprocessing


def task(lock):
    pass


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=task, args=(context.Lock(),))
    process.start()
    process._args = ()
    del process
