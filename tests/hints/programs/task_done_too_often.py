"""task_done() without a get()."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.JoinableQueue().task_done()
