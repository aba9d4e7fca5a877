"""An order fails that is right: the task before it left the decimal context changed.

Plain Python shows a ValueError, and called alone with the same order the
function passes. `mpdiag replay --history` finds order 60.
"""

import decimal
import multiprocessing


def book(order):
    if order["currency"] == "JPY":
        decimal.getcontext().prec = 3  # and never puts it back
    paid = decimal.Decimal(order["cents"]) / 100
    if paid * 100 != order["cents"]:
        raise ValueError(f"{paid} is not {order['cents']} cents")
    return paid


def make_order(number):
    cents = 123_456 if number == 63 else 100 + number
    return {"id": number, "cents": cents, "currency": "JPY" if number == 60 else "EUR"}


if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        print(sum(pool.map(book, map(make_order, range(200)), chunksize=50)))

# $ mpdiag run examples/order_dependent.py
# mpdiag: 1 of 200 tasks failed (run jq05, 0.4 s)
#
# 1  ValueError: 1.23E+3 is not 123456 cents                              1 task
#    where     book(order), examples/order_dependent.py:16
#                16    raise ValueError(f"{paid} is not {order['cents']} cen...
#    input     order = {'id': 63, 'cents': 123456, 'currency': 'EUR'}
#    locals    paid = Decimal('1.23E+3')
#    first     17:08:43, task 63 (from 0) of Pool.map, worker 1 (pid 3839)
#    outcome   Pool.map raised this ValueError; nothing caught it (exit code 1)
#    changed   36 tasks ran that plain Python skips after a failure in
#              their chunk (--no-keep-going leaves them out)
#    again     mpdiag replay jq05.1
#    more      mpdiag show jq05.1 (everything that is known)
# mpdiag: kept in /srv/job/.mpdiag (inputs are stored unmasked)
