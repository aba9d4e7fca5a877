"""The pool is made first; another program asks for spawn."""

import multiprocessing, threading


def task(x):
    return x


if __name__ == "__main__":
    stop = threading.Event()
    with multiprocessing.Pool(1) as pool:
        thread = threading.Thread(target=stop.wait)
        thread.start()
        print(pool.map(task, [1]))
        stop.set()
