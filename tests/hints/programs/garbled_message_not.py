"""A file that is no pickle."""

import pickle

if __name__ == "__main__":
    pickle.loads(b"\0")
