"""A worker of an executor ends."""

import os
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        pool.submit(os._exit, 3).result()
