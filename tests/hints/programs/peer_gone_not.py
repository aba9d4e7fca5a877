"""The end of a file that is no pipe."""

import pickle, io

if __name__ == "__main__":
    pickle.load(io.BytesIO())
