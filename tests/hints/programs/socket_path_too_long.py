"""A path that no socket may have."""

import socket

if __name__ == "__main__":
    socket.socket(socket.AF_UNIX).bind("/tmp/" + "x" * 200)
