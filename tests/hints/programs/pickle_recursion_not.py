"""A recursion of the program itself."""


def depth(x):
    return depth(x + 1)


if __name__ == "__main__":
    depth(0)
