"""Has a task take one item more from a manager's queue than anybody puts."""

import multiprocessing
import sys


def consume(items):
    return [items.get() for _ in range(2)]


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Manager() as manager, context.Pool(2) as pool:
        items = manager.Queue()
        items.put(1)
        print(pool.apply(consume, (items,)))
