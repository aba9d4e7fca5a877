"""get_nowait right after put."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.Queue().get_nowait()
