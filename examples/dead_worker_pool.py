"""The switch from `multiprocessing.Pool`: one line of imports.

    -from multiprocessing import Pool
    +from mpdiag import Pool

With the stock pool this program never ends: it waits for the result of a worker that is gone.
"""

import os
import signal

from mpdiag import Pool, WorkerCrashed


def parse(record):
    if record == "record 3":
        os.kill(os.getpid(), signal.SIGKILL)
    return len(record)


if __name__ == "__main__":
    with Pool(2) as pool:
        results = pool.imap(parse, [f"record {n}" for n in range(40)])
        good = 0
        for n in range(40):
            try:
                next(results)
                good += 1
            except WorkerCrashed:
                print("lost: record", n)
        print(good, "results")

# $ python examples/dead_worker_pool.py
# lost: record 3
# 39 results
