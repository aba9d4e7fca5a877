"""A Process is started again."""

import multiprocessing

if __name__ == "__main__":
    process = multiprocessing.Process(target=print)
    process.start()
    process.join()
    process.start()
