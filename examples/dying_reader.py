"""A process of its own reads messages from a queue, and one of them kills it.

Plain Python says nothing at all, and this program ends with exit code 0.
"""

import multiprocessing
import os


def read(queue):
    total = 0
    while (message := queue.get()) is not None:
        if message["size"] > 1000:
            os.abort()  # stands for an assertion in C code
        total += message["size"]
    print(f"{total} bytes read")


if __name__ == "__main__":
    queue = multiprocessing.Queue()
    reader = multiprocessing.Process(target=read, args=(queue,), name="reader")
    reader.start()
    for number in range(20):
        queue.put({"number": number, "size": 10 if number != 13 else 70_000})
    queue.put(None)
    reader.join()
    print("done")

# $ mpdiag run examples/dying_reader.py
# mpdiag: a worker died (run xa2w, 0.2 s)
#
# 1  SIGABRT: C code gave up (abort), often after a message on stderr   1 worker
#    where     read(queue), examples/dying_reader.py:14
#                14    os.abort()  # stands for an assertion in C code
#    input     last message received = {'number': 13, 'size': 70000}
#              (the last message it received: likely, not certain)
#    worker    1 of 1 (pid 1207), Process, 14:30:48
#    outcome   its process ended; the program went on (exit code 0)
#    more      mpdiag show xa2w.1 (everything that is known)
# mpdiag: kept in /srv/job/.mpdiag (inputs are stored unmasked)
