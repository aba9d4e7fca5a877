"""Has two threads of a task take two locks in opposite order."""

import multiprocessing
import sys
import threading

accounts, ledger = threading.Lock(), threading.Lock()
ready = threading.Barrier(2)


def book():
    with ledger:
        ready.wait()
        with accounts:
            print("booked")


def transfer(_number):
    helper = threading.Thread(target=book)
    helper.start()
    with accounts:
        ready.wait()
        with ledger:
            print("done")
    helper.join()


if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        pool.map(transfer, [1])
