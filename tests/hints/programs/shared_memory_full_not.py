"""A full disk that the program itself writes to."""

import errno, os

if __name__ == "__main__":
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/out.csv")
