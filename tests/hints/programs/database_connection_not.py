"""A query that fails."""

import sqlite3

if __name__ == "__main__":
    sqlite3.connect(":memory:").execute("select * from connection")
