"""An RLock that another process releases."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.RLock().release()
