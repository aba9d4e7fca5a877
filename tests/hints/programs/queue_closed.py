"""put after close."""

import multiprocessing

if __name__ == "__main__":
    queue = multiprocessing.Queue()
    queue.close()
    queue.put(1)
