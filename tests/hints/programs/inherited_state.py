"""A global that the program changes before it starts workers, which read it."""

import multiprocessing

config = {"factor": 1}


def task(x):
    return x * config["factor"]


def main():
    config["factor"] = 10
    with multiprocessing.Pool(1) as pool:
        print(pool.map(task, [1]))


if __name__ == "__main__":
    main()
