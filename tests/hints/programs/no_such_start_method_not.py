"""Another value that is wrong."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.Pool(0)
