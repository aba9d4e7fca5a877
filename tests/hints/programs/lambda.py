"""A lambda as the target."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(lambda x: x, [1])
