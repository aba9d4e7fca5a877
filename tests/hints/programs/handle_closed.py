"""send after close."""

import multiprocessing

if __name__ == "__main__":
    reader, writer = multiprocessing.Pipe(duplex=False)
    writer.close()
    writer.send(1)
