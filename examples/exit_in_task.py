"""A function that was once the end of a script calls sys.exit in a worker.

Plain Python waits for ever: SystemExit ends the worker without a word, and its task is lost.
"""

import multiprocessing
import sys


def check(row):
    if row.count(",") != 2:
        sys.exit(2)
    return row.split(",")


if __name__ == "__main__":
    rows = [f"{number},name {number},3.5" for number in range(200)]
    rows[57] = "57;name 57;3,5"
    with multiprocessing.Pool(2) as pool:
        print(f"{len(pool.map(check, rows, chunksize=10))} rows are good")

# $ mpdiag run examples/exit_in_task.py
# mpdiag: 1 of 190 tasks failed (run 05yc, 1.1 s)
#
# 1  sys.exit(2) called in a task                                         1 task
#    where     check(row), examples/exit_in_task.py:12
#                12    sys.exit(2)
#    input     row = '57;name 57;3,5'
#    evidence  SystemExit was caught in the worker's loop
#    first     14:57:45, task 57 (from 0) of Pool.map, worker 2 (pid 13974)
#    outcome   Pool.map raised WorkerCrashed; nothing caught it (exit code 1)
#    fix       return a value or raise an exception instead: sys.exit ends the
#              worker
#    again     mpdiag replay 05yc.1
#    more      mpdiag show 05yc.1 (everything that is known)
# mpdiag: kept in /srv/job/.mpdiag (inputs are stored unmasked)
