"""A stop item ends the worker; a queue of threads is asked whether it is empty."""

import multiprocessing, queue


def task(items):
    for item in iter(items.get, None):
        print(item)


if __name__ == "__main__":
    items, local = multiprocessing.Queue(), queue.Queue()
    while not local.empty():
        local.get()
    process = multiprocessing.Process(target=task, args=(items,))
    process.start()
    items.put(1)
    items.put(None)
    process.join()
