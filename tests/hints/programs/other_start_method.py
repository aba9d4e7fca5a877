"""A lock of fork for a spawned process."""

import multiprocessing


def task(lock):
    pass


if __name__ == "__main__":
    lock = multiprocessing.get_context("fork").Lock()
    process = multiprocessing.get_context("spawn").Process(target=task, args=(lock,))
    process.start()
    process.join()
