"""A word of it in an error of the program."""

if __name__ == "__main__":
    raise ValueError("segment 7 has a fault")
