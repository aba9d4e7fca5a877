"""A task after the executor was shut down."""

from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    pool.shutdown()
    pool.submit(abs, 1)
