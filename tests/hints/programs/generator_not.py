"""A generator that fails where it is read."""


def task(n):
    yield {}["generator"]


if __name__ == "__main__":
    list(task(3))
