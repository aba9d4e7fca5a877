"""A queue of threads that is empty."""

import queue

if __name__ == "__main__":
    queue.Queue().get_nowait()
