"""Too few workers."""

from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    ProcessPoolExecutor(0)
