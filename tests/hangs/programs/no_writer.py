"""Takes one item more than the worker puts."""

import multiprocessing
import sys


def produce(items):
    for number in range(3):
        items.put(number)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    items = context.Queue()
    producer = context.Process(target=produce, args=(items,))
    producer.start()
    for _ in range(4):
        print(items.get())
