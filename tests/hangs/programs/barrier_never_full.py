"""Has a barrier for three and two who come."""

import multiprocessing
import sys


def work(start):
    start.wait()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    start = context.Barrier(3)
    workers = [context.Process(target=work, args=(start,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
