"""A weak reference among the inputs."""

import multiprocessing, weakref


class Node:
    pass


if __name__ == "__main__":
    node = Node()
    with multiprocessing.Pool(1) as pool:
        pool.map(id, [weakref.ref(node)])
