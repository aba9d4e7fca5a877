"""A word of it in an error of the program."""


class OutOfMemoryCards(Exception):
    pass


if __name__ == "__main__":
    raise OutOfMemoryCards("no memory cards left")
