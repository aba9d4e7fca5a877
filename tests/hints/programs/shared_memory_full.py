"""A queue on a full /dev/shm; the error is raised where the library would."""

import errno, multiprocessing.synchronize, os


def full(*args):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


if __name__ == "__main__":
    multiprocessing.synchronize._multiprocessing.SemLock = full
    multiprocessing.Queue()
