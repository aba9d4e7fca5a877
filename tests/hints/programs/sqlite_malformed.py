"""A database whose pages were overwritten."""

import os, sqlite3, tempfile

if __name__ == "__main__":
    path = os.path.join(tempfile.mkdtemp(), "data.db")
    connection = sqlite3.connect(path)
    connection.execute("create table t (x)")
    connection.executemany("insert into t values (?)", [("x" * 500,) for _ in range(500)])
    connection.commit()
    connection.close()
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 100_000)
    sqlite3.connect(path).execute("select count(x) from t").fetchall()
