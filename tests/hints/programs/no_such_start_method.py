"""A method that this system does not have."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.get_context("vfork")
