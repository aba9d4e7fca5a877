"""A worker is killed in the middle of Pool.map, as the kernel does when memory runs out.

Plain Python waits for ever: the pool starts another worker, and nobody misses the task.
"""

import multiprocessing
import os
import signal


def resize(path):
    if path == "photos/0137.tif":
        os.kill(os.getpid(), signal.SIGKILL)
    return path.replace(".tif", ".png")


if __name__ == "__main__":
    paths = [f"photos/{number:04}.tif" for number in range(200)]
    with multiprocessing.Pool(2) as pool:
        print(f"{len(pool.map(resize, paths))} photos resized")

# $ mpdiag run examples/killed_worker.py
# mpdiag: a worker was killed in 1 of 188 tasks (run k1rj, 0.9 s)
#
# 1  SIGKILL, sent by the worker itself                                   1 task
#    where     resize(path), examples/killed_worker.py:11;
#              line unknown (SIGKILL leaves none)
#    input     path = 'photos/0137.tif'
#    worker    2 of 2 (pid 14264), task 137 (from 0) of Pool.map, 14:57:57
#    evidence  sent by worker 2 (pid 14264) itself, with os.kill,
#              examples/killed_worker.py:13
#    lost      with it 24 tasks of its chunk: 12 done, 12 never started
#    outcome   Pool.map raised WorkerCrashed; nothing caught it (exit code 1)
#    changed   plain Python would wait here for ever
#    again     mpdiag replay k1rj.1 (in a child of its own)
#    more      mpdiag show k1rj.1 (everything that is known)
# mpdiag: kept in /srv/job/.mpdiag (inputs are stored unmasked)
