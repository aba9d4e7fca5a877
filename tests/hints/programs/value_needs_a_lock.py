"""The lock of a value that has none."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.RawValue("i", 0).get_lock():
        pass
