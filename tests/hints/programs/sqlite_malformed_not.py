"""A file that is no database."""

import sqlite3

if __name__ == "__main__":
    sqlite3.connect(__file__).execute("select * from t")
