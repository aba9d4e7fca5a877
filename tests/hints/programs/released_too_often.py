"""release() without acquire()."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.Lock().release()
