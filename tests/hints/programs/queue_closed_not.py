"""A file that is closed."""

if __name__ == "__main__":
    file = open(__file__)
    file.close()
    file.read()
