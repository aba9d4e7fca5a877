"""A fork that the system refuses."""

import errno, multiprocessing, os


def refused():
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


if __name__ == "__main__":
    os.fork = refused
    multiprocessing.get_context("fork").Process(target=id).start()
