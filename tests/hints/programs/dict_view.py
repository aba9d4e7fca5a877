"""The keys of a dict as input."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(len, [{"a": 1}.keys()])
