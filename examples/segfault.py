"""An extension module crashes on one of 200 inputs.

Plain Python raises BrokenProcessPool in every future that was pending, and blames none.
"""

import faulthandler
from concurrent.futures import ProcessPoolExecutor


def decode(block):
    if block["length"] < 0:
        faulthandler._sigsegv()  # stands for a bug in C code
    return b"." * block["length"]


if __name__ == "__main__":
    blocks = [
        {"offset": 64 * number, "length": 64 if number != 83 else -1} for number in range(200)
    ]
    with ProcessPoolExecutor(2) as pool:
        print(sum(len(text) for text in pool.map(decode, blocks)), "bytes decoded")

# $ mpdiag run examples/segfault.py
# mpdiag: a worker died in 1 of 88 tasks (run 39rc, 1.0 s)
#
# 1  SIGSEGV: an invalid memory access, in C code as a rule               1 task
#    where     decode(block), examples/segfault.py:12
#                12    faulthandler._sigsegv()  # stands for a bug in C code
#    input     block = {'offset': 5312, 'length': -1}
#    worker    1 of 2 (pid 14360), task 83 (from 0) of ProcessPoolExecutor.map,
#              14:58:01
#    outcome   ProcessPoolExecutor.map raised WorkerCrashed; nothing caught it
#              (exit code 1)
#    again     mpdiag replay 39rc.1 (in a child of its own)
#    more      mpdiag show 39rc.1 (everything that is known)
# mpdiag: kept in /srv/job/.mpdiag (inputs are stored unmasked)
