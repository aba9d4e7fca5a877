"""A file that is missing in the task."""

import multiprocessing


def task(path):
    open(path)


if __name__ == "__main__":
    process = multiprocessing.get_context("fork").Process(target=task, args=("/no/lock",))
    process.start()
    process.join()
