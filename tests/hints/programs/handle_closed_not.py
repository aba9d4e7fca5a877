"""send on the end for reading."""

import multiprocessing

if __name__ == "__main__":
    reader, writer = multiprocessing.Pipe(duplex=False)
    reader.send(1)
