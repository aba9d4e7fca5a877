"""Logging is set up in the initializer, too."""

import logging
import multiprocessing

log = logging.getLogger(__name__)


def begin():
    logging.basicConfig(level=logging.INFO)


def task(x):
    log.info("task %s", x)
    return x


if __name__ == "__main__":
    begin()
    with multiprocessing.Pool(1, initializer=begin) as pool:
        print(pool.map(task, [1]))
