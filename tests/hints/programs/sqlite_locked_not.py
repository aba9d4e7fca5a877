"""A table that is not there."""

import sqlite3

if __name__ == "__main__":
    sqlite3.connect(":memory:").execute("insert into locked values (1)")
