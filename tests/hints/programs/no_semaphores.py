"""A system without semaphores, as AWS Lambda."""

import errno, multiprocessing.synchronize, os


def missing(*args):
    raise OSError(errno.ENOSYS, "Function not implemented")


if __name__ == "__main__":
    multiprocessing.synchronize._multiprocessing.SemLock = missing
    multiprocessing.Lock()
