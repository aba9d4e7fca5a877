"""The same, with its cleanup."""

import multiprocessing

if __name__ == "__main__":
    lock = multiprocessing.get_context("spawn").Lock()
    raise ValueError("a semaphore")
