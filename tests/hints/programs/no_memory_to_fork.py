"""A mapping larger than what the system has."""

import mmap

if __name__ == "__main__":
    mmap.mmap(-1, 1 << 46)
