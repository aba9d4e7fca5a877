"""Waits for a client, as servers do, with workers that have nothing to do."""

import multiprocessing
import socket
import sys


def work(number):
    return number


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        pool.map(work, range(4))
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.accept()
