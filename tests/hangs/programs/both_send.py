"""Has two processes send much to each other, and neither receive."""

import multiprocessing
import sys


def talk(connection):
    connection.send(b"x" * 10_000_000)
    print(len(connection.recv()))


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    mine, yours = context.Pipe()
    worker = context.Process(target=talk, args=(yours,))
    worker.start()
    talk(mine)
