"""A connection that is closed."""

import sqlite3

if __name__ == "__main__":
    connection = sqlite3.connect(":memory:")
    connection.close()
    connection.execute("select 1")
