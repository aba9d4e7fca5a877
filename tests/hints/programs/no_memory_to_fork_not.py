"""A mapping without a length."""

import mmap

if __name__ == "__main__":
    mmap.mmap(-1, 0)
