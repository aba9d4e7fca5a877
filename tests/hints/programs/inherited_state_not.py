"""The initializer sets the global in each worker; another is changed in the program alone."""

import multiprocessing

config = {"factor": 1}
results = []


def begin(factor):
    config["factor"] = factor


def task(x):
    return x * config["factor"]


def main():
    results.append(0)
    with multiprocessing.Pool(1, initializer=begin, initargs=(10,)) as pool:
        results.extend(pool.map(task, [1]))
    config["factor"] = 0


if __name__ == "__main__":
    main()
    print(results)
