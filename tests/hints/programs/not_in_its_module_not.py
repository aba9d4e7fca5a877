"""The same, bound to its name; an attribute is missing."""

from collections import namedtuple

Point = namedtuple("Point", "x y")

if __name__ == "__main__":
    Point(1, 2).z
