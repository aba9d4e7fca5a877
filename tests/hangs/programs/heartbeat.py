"""Has a thread that wakes every second, while the main thread waits for it and workers are idle."""

import multiprocessing
import sys
import threading
import time


def beat(pool):
    while True:
        time.sleep(1)
        pool.map(abs, [])


if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        thread = threading.Thread(target=beat, args=(pool,), daemon=True)
        thread.start()
        thread.join()
