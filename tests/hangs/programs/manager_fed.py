"""Has a task that waits at a manager's queue, which the program fills after a long sleep."""

import multiprocessing
import sys
import time


def consume(items):
    return items.get()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Manager() as manager, context.Pool(2) as pool:
        items = manager.Queue()
        result = pool.apply_async(consume, (items,))
        time.sleep(60)
        items.put(7)
        print(result.get())
