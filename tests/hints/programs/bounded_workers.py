"""An executor that ends its workers after some tasks."""

import concurrent.futures
import multiprocessing


def task(x):
    return x


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, context, max_tasks_per_child=5) as pool:
        print(list(pool.map(task, [1])))
