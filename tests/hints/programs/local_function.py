"""The target is defined inside another function."""

import multiprocessing


def main():
    def task(x):
        return x

    with multiprocessing.Pool(1) as pool:
        pool.map(task, [1])


if __name__ == "__main__":
    main()
