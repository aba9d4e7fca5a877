"""A function without an end."""


def depth(x):
    return depth(x + 1)


if __name__ == "__main__":
    depth(0)
