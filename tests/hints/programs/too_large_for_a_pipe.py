"""The words of Python for a message of more than 4 GiB; nobody wants to make one in a test."""

if __name__ == "__main__":
    raise OverflowError("cannot serialize a bytes object larger than 4 GiB")
