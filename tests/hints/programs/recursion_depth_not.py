"""A word of it in an error of the program."""

if __name__ == "__main__":
    raise RuntimeError("recursion is not allowed here")
