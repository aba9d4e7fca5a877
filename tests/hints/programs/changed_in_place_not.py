"""The item is taken out, changed and assigned again; a plain dict is changed in place."""

import multiprocessing


def task(shared, x):
    seen = shared["seen"]
    seen.append(x)
    shared["seen"] = seen
    plain = {"seen": []}
    plain["seen"].append(x)


if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        shared = manager.dict(seen=[])
        process = multiprocessing.Process(target=task, args=(shared, 1))
        process.start()
        process.join()
        print(shared["seen"])
