"""Has tasks that wait for a slow server on a socket."""

import multiprocessing
import socket
import sys
import threading
import time


def answer(listener):
    while True:
        connection, _ = listener.accept()
        time.sleep(20)
        connection.sendall(b"at last")
        connection.close()


def fetch(address):
    with socket.create_connection(address) as connection:
        return connection.recv(100)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=answer, args=(listener,), daemon=True).start()
    with context.Pool(2) as pool:
        print(pool.map(fetch, [listener.getsockname()] * 2, chunksize=1))
