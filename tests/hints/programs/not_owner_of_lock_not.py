"""A condition that is notified without its lock."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.Condition().notify()
