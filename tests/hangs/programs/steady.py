"""Works steadily: a task ends every half second."""

import multiprocessing
import sys
import time


def work(number):
    time.sleep(0.5)
    return number


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print(len(pool.map(work, range(120), chunksize=1)))
