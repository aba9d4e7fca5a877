"""`@mpdiag.guard` on a worker function, in a program that is run by plain python.

The exceptions are the same as without it; each is kept with its input under .mpdiag, and one
line says so. `mpdiag show` prints the rest.
"""

from concurrent.futures import ProcessPoolExecutor

import mpdiag

RATES = {"EUR": 1.0, "CHF": 0.96, "SEK": 11.4}


@mpdiag.guard
def convert(amount, *, currency):
    return round(amount * RATES[currency], 2)


if __name__ == "__main__":
    orders = [(12.5, "EUR"), (80.0, "SEK"), (9.9, "NOK"), (31.0, "CHF")]
    with ProcessPoolExecutor(2) as pool:
        futures = [pool.submit(convert, amount, currency=code) for amount, code in orders]
    for (amount, code), future in zip(orders, futures, strict=True):
        print(amount, code, "failed" if future.exception() else future.result())

# $ python examples/guard_by_hand.py
# mpdiag: KeyError: 'NOK' in a guarded call, pid 1222: amount = 9.9, currency =
# 'NOK' (kept for `mpdiag ls`)
# $ mpdiag ls
# run b7sx  2026-11-23 14:30:50  @guard
#   b7sx.1  1 x  KeyError: 'NOK'  in convert(amount, currency)
