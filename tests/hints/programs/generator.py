"""A task returns a generator."""

import pickle


def task(n):
    return (i for i in range(n))


if __name__ == "__main__":
    pickle.dumps(task(3))
