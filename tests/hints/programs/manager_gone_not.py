"""A key that is missing in the dict of a living manager."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        manager.dict()["a"]
