"""Half of a message was left in a pipe by a process that was ended."""

import multiprocessing, os

if __name__ == "__main__":
    reader, writer = multiprocessing.Pipe(duplex=False)
    os.write(writer.fileno(), b"\0\0\0\4" + b"\0" * 4)
    reader.recv()
