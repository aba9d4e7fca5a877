"""The same with all arguments given on."""

from concurrent.futures import ProcessPoolExecutor


class Refused(Exception):
    def __init__(self, code, why):
        super().__init__(code, why)


def task(x):
    raise Refused(7, "no")


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        pool.submit(task, 1).result()
