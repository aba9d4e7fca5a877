"""Has two workers take two locks in opposite order."""

import multiprocessing
import sys


def transfer(first, second, mine, others):
    with first:
        mine.set()
        others.wait()
        with second:
            print("done")


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    accounts, ledger = context.Lock(), context.Lock()
    one, two = context.Event(), context.Event()
    workers = [
        context.Process(target=transfer, args=(accounts, ledger, one, two)),
        context.Process(target=transfer, args=(ledger, accounts, two, one)),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
