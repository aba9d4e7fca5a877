"""A weak reference whose object is gone."""

import weakref


class Node:
    pass


if __name__ == "__main__":
    weakref.proxy(Node()).value
