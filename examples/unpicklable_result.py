"""A result holds something that cannot leave the worker, deep inside.

Plain Python raises MaybeEncodingError: it names the lock, not the task, nor the way to the lock.
"""

import multiprocessing
import threading


def summarise(user):
    summary = {"name": user["name"], "pages": [{"visits": visits} for visits in user["visits"]]}
    if user["live"]:
        summary["pages"][-1]["guard"] = threading.Lock()
    return summary


if __name__ == "__main__":
    users = [{"name": f"u{n}", "visits": [n, n + 1], "live": n == 42} for n in range(200)]
    with multiprocessing.Pool(2) as pool:
        print(f"{len(pool.map(summarise, users, chunksize=10))} users")

# $ mpdiag run examples/unpicklable_result.py
# mpdiag: 1 of 200 tasks failed (run s78t, 1.0 s)
#
# 1  the result cannot be sent to the caller                              1 task
#    message   Error sending result: '[{'name': 'u40', 'pages': [{'visits': 40},
#              {'visits': 41}]}, {'name': 'u41', 'pages': [{'visits': 41},
#              {'visits': 42}]}, {'name': 'u42', 'pages': [{'visits': 42},
#              {'visits': 43, 'guard': <unlocked _thread.lock object at
#              0x7f7526b0e340>}]}, {'name': 'u43', 'pages': [{'visits': 43}, ...
#    where     summarise(user), examples/unpicklable_result.py:10
#    input     user = {'name': 'u42', 'visits': [42, 43], 'live': True}
#    evidence  pickling it, and loading it again, raised TypeError: cannot pickle
#              '_thread.lock' object
#    first     14:58:05, task 42 (from 0) of Pool.map, worker 1 (pid 14477)
#    outcome   Pool.map raised this MaybeEncodingError; nothing caught it
#              (exit code 1)
#    again     mpdiag replay s78t.1
#    more      mpdiag show s78t.1 (everything that is known)
# mpdiag: kept in /srv/job/.mpdiag (inputs are stored unmasked)
