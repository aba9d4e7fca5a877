"""A file that nobody rotates."""

import logging
import multiprocessing

log = logging.getLogger("job")
log.addHandler(logging.FileHandler("job.log", delay=True))


def task(x):
    log.warning("task %s", x)
    return x


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))
