"""The initializer of an executor raises."""

from concurrent.futures import ProcessPoolExecutor


def prepare():
    raise ValueError("no settings")


if __name__ == "__main__":
    with ProcessPoolExecutor(1, initializer=prepare) as pool:
        pool.submit(abs, 1).result()
