"""A queue that cannot be joined."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.Queue().task_done()
