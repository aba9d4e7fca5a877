"""A file that was closed before it was read."""

if __name__ == "__main__":
    file = open(__file__)
    file.close()
    file.read()
