"""An open file as input."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool, open(__file__) as file:
        pool.map(id, [file])
