"""Logging is set up below the guard, and a worker logs."""

import logging
import multiprocessing

log = logging.getLogger(__name__)


def task(x):
    log.info("task %s", x)
    return x


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))
