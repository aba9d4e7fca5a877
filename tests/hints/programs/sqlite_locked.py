"""Two writers."""

import os, sqlite3, tempfile

if __name__ == "__main__":
    path = os.path.join(tempfile.mkdtemp(), "data.db")
    one, two = sqlite3.connect(path), sqlite3.connect(path, timeout=0.1)
    one.execute("create table t (x)")
    one.execute("insert into t values (1)")
    two.execute("insert into t values (2)")
