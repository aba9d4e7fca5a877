"""A few inputs of many are bad: keep what went well, see what failed, run that again.

With `on_error="raise"`, as in the standard library, the first bad record costs all results.
`print(results.table())` shows the failures in groups, with where and why.
"""

from mpdiag import Pool


def price(record):
    return round(record["net"] * 1.25, 2)


def repaired(record):
    return price({**record, "net": float(record["net"].replace(",", "."))})


if __name__ == "__main__":
    records = [{"id": n, "net": float(n)} for n in range(1000)]
    records[7]["net"] = "3,20"
    records[704]["net"] = "12,00"
    with Pool(2, on_error="collect") as pool:
        results = pool.map(price, records)
        print(results)
        for failed in results.failures:
            print(failed.index, failed.input, type(failed.error).__name__)
        again = pool.map(repaired, results.failed_inputs())
        again.raise_all()
    good = [result.value for result in [*results, *again] if result.ok]
    print(len(good), "prices")

# $ python examples/collect_failures.py
# <TaskResults: 2 of 1,000 tasks failed>
# 7 {'id': 7, 'net': '3,20'} TypeError
# 704 {'id': 704, 'net': '12,00'} TypeError
# 1000 prices
