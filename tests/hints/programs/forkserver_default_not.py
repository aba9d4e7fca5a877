"""The same object is passed to a Pool, which pickles it under every start method."""

import multiprocessing, select


def task(waiting):
    pass


if __name__ == "__main__":
    with multiprocessing.get_context("forkserver").Pool(1) as pool:
        pool.apply(task, (select.epoll(),))
