"""A connection to a database that all forked workers have from the program."""

import multiprocessing
import sqlite3

database = sqlite3.connect(":memory:", check_same_thread=False)


def task(x):
    return database.execute("select ?", (x,)).fetchone()


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print(pool.map(task, [1]))
