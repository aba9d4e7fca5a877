"""A long linked list as input."""

import pickle

if __name__ == "__main__":
    node = None
    for _ in range(100_000):
        node = [node]
    pickle.dumps(node)
