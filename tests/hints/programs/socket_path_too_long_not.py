"""A file name that is too long."""

if __name__ == "__main__":
    open("x" * 1000)
