"""A client that holds the encryption of its connections."""

import multiprocessing, ssl


class Client:
    def __init__(self):
        self.context = ssl.create_default_context()


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(id, [Client()])
