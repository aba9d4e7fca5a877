"""A queue of threads that is full."""

import queue

if __name__ == "__main__":
    one = queue.Queue(1)
    one.put(1)
    one.put_nowait(2)
