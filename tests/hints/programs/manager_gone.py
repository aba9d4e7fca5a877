"""A dict of a manager that has ended."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        shared = manager.dict()
        shared["a"] = 1
    shared["a"]
