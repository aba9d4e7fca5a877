"""Recycles workers until none is left (python/cpython#115634)."""

import concurrent.futures
import multiprocessing
import sys


def work(number):
    return number


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    pool = concurrent.futures.ProcessPoolExecutor(
        max_workers=1, mp_context=context, max_tasks_per_child=2
    )
    for number in range(6):
        pool.submit(work, number)
    pool.shutdown()
