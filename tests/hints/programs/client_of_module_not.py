"""Each worker connects in its initializer."""

import multiprocessing
import sqlite3

database = None


def begin():
    global database
    database = sqlite3.connect(":memory:")


def task(x):
    return database.execute("select ?", (x,)).fetchone()


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1, begin) as pool:
        print(pool.map(task, [1]))
