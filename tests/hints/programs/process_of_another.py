"""A worker joins its sibling."""

import multiprocessing, time


def task(other):
    other.join()


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    first = context.Process(target=time.sleep, args=(0,))
    first.start()
    second = context.Process(target=task, args=(first,))
    second.start()
    second.join()
    first.join()
