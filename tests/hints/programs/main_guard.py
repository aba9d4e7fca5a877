"""No guard around what starts processes."""

import multiprocessing


def task():
    pass


process = multiprocessing.get_context("spawn").Process(target=task)
process.start()
process.join()
