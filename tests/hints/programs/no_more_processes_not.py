"""A socket that has nothing to read."""

import socket

if __name__ == "__main__":
    one, two = socket.socketpair()
    one.setblocking(False)
    one.recv(1)
