"""A queue is passed with a task."""

import multiprocessing


def task(queue):
    queue.put(1)


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.apply(task, (multiprocessing.Queue(),))
