"""Ctrl-C while a pool works."""

import multiprocessing, os, signal, threading

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with multiprocessing.Pool(1) as pool:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        pool.apply_async(abs, (1,)).get()
        multiprocessing.pool.ApplyResult(pool, None, None).get()
