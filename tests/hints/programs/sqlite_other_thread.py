"""A connection in another thread."""

import sqlite3, threading

if __name__ == "__main__":
    connection = sqlite3.connect(":memory:")
    thread = threading.Thread(target=connection.execute, args=("select 1",))
    thread.start()
    thread.join()
