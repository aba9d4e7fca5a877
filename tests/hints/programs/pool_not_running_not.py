"""A pool that is joined while it still runs."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.join()
