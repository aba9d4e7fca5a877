"""A namedtuple bound to another name than its own."""

import multiprocessing
from collections import namedtuple

Point = namedtuple("Pt", "x y")

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(id, [Point(1, 2)])
