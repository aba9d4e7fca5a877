"""A task after the with block."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pass
    pool.map(abs, [1])
