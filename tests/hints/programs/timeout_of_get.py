"""A result that does not come in time."""

import multiprocessing, time

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.apply_async(time.sleep, (5,)).get(0.1)
