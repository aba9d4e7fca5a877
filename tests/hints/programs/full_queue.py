"""More than a queue takes."""

import multiprocessing

if __name__ == "__main__":
    queue = multiprocessing.Queue(1)
    queue.put(1)
    queue.cancel_join_thread()
    queue.put(2, timeout=0.1)
