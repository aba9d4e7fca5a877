"""The writer of a pipe is gone."""

import multiprocessing

if __name__ == "__main__":
    reader, writer = multiprocessing.Pipe(duplex=False)
    writer.close()
    reader.recv()
