"""Reads a pipe to its end, and has the end for writing open itself."""

import multiprocessing
import sys


def read(reader, writer):
    try:
        while True:
            print(reader.recv())
    except EOFError:
        print("end")


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    reader, writer = context.Pipe(duplex=False)
    worker = context.Process(target=read, args=(reader, writer))
    worker.start()
    reader.close()
    writer.send(1)
    writer.close()
    worker.join()
