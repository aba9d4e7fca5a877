"""The same of a lock of threads."""

import threading

if __name__ == "__main__":
    threading.Lock().release()
