"""The switch from `concurrent.futures.ProcessPoolExecutor`: one line of imports.

    -from concurrent.futures import ProcessPoolExecutor
    +from mpdiag import ProcessPoolExecutor

With the stock executor the third record loses all 40: "A process in the process pool was terminated
abruptly while the future was running or pending".
"""

import os
import signal

from mpdiag import ProcessPoolExecutor, WorkerCrashed


def parse(record):
    if record == "record 3":
        os.kill(os.getpid(), signal.SIGKILL)
    return len(record)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        asked = {f"record {n}": pool.submit(parse, f"record {n}") for n in range(40)}
        for record, future in asked.items():
            try:
                future.result()
            except WorkerCrashed:
                print("lost:", record)
        print(sum(future.exception() is None for future in asked.values()), "results")

# $ python examples/dead_worker_executor.py
# lost: record 3
# 39 results
