"""A process that is joined before it was started."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.Process(target=id).join()
