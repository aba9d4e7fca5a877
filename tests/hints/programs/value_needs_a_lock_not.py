"""An attribute that no value has."""

import multiprocessing

if __name__ == "__main__":
    multiprocessing.Value("i", 0).get_luck()
