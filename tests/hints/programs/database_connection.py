"""A connection to a database as input."""

import multiprocessing, sqlite3

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.map(id, [sqlite3.connect(":memory:")])
