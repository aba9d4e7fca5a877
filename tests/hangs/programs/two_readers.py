"""Has three workers read one end of a connection, and sends one message."""

import multiprocessing
import sys


def work(commands):
    while commands.recv() != "stop":
        pass


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    mine, yours = context.Pipe()
    workers = [context.Process(target=work, args=(yours,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    mine.send("stop")
    for worker in workers:
        worker.join()
