"""A task that raises the same."""

from concurrent.futures import ProcessPoolExecutor


def task(x):
    raise ValueError("no settings")


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as pool:
        pool.submit(task, 1).result()
