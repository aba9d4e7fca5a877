"""A name that is missing in the program itself."""


def task(x):
    return config[x]


if __name__ == "__main__":
    task(1)
