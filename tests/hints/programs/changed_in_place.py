"""A list inside a Manager's dict is changed: the change stays in a copy."""

import multiprocessing


def task(shared, x):
    shared["seen"].append(x)


if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        shared = manager.dict(seen=[])
        process = multiprocessing.Process(target=task, args=(shared, 1))
        process.start()
        process.join()
        print(shared["seen"])
