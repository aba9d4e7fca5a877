"""All workers write and rotate the same file."""

import logging.handlers
import multiprocessing

log = logging.getLogger("job")
log.addHandler(logging.handlers.RotatingFileHandler("job.log", maxBytes=1000, delay=True))


def task(x):
    log.warning("task %s", x)
    return x


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))
