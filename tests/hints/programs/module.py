"""A module as an attribute of what is sent."""

import json, multiprocessing


class Codec:
    def __init__(self):
        self.library = json


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(id, [Codec()])
