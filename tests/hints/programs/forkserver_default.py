"""What a process is given cannot be pickled, which a fork would not ask for."""

import multiprocessing, select


def task(waiting):
    pass


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    context.Process(target=task, args=(select.epoll(),)).start()
