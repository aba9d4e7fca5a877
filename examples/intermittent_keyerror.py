"""A key is missing from 37 of 100,000 records.

Plain Python shows one KeyError, not which records it was, and throws
every result away.
"""

import multiprocessing
import random

BAD = frozenset(random.Random(169).sample(range(100_000), 37))


def parse(record):
    return record["this"] * record["that"]


def make_record(number):
    whole = {"id": number, "this": number % 10, "name": "ab", "that": number % 7}
    return {key: whole[key] for key in whole if key != "that" or number not in BAD}


if __name__ == "__main__":
    with multiprocessing.Pool(4) as pool:
        products = pool.map(parse, map(make_record, range(100_000)))
    print(f"the sum of {len(products):,} products is {sum(products):,}")

# $ mpdiag run examples/intermittent_keyerror.py
# mpdiag: 37 of 100,000 tasks failed, all in the same way (run ebz8, 2.8 s)
#
# 1  KeyError: 'that'                                                   37 tasks
#    where     parse(record), examples/intermittent_keyerror.py:14
#                14    return record["this"] * record["that"]
#                                              ^^^^^^^^^^^^^^
#    input     record = {'id': 16106, 'this': 6, 'name': 'ab'}
#              no key 'that'; its keys: 'id', 'this', 'name'
#    why       'that' not in record: 37 of 37 failed tasks, 0 of 99,963 others
#    first     17:30:24, task 16106 (from 0) of Pool.map, worker 4 (pid 19470)
#    also      tasks 243, 5932, 6012 and 33 more: mpdiag show ebz8.1
#    outcome   Pool.map raised this KeyError; nothing caught it (exit code 1)
#    changed   68,610 tasks ran that plain Python skips after a failure in
#              their chunk (--no-keep-going leaves them out)
#    again     mpdiag replay ebz8.1
# mpdiag: kept in /srv/job/.mpdiag (inputs are stored unmasked)
