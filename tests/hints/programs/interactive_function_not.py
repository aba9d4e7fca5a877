"""The same program from a file."""

import multiprocessing


def task(x):
    return x.built_in


if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=task, args=(1,))
    process.start()
    process.join()
