"""Both of one context; the task fails."""

import multiprocessing


def task(lock):
    raise RuntimeError("SemLock")


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    lock = context.Lock()
    process = context.Process(target=task, args=(lock,))
    process.start()
    process.join()
