"""What one caught failure costs the worker, beside tblib's pickling of the same exception.

The first of a kind go out whole, and a sample of the rest with their inputs; all others are
counted.  One process fails 16,000 times in the same way, as a worker does with a bad batch.
"""

from __future__ import annotations

import itertools
import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from interleaved import finish, measure, ratio, row
from tblib import pickling_support  # type: ignore[import-untyped]

import mpdiag

FAILURES = 2_000
# Each fails in a way of its own: with another missing key.
KINDS = 100
DEPTH = 5


def dig(depth: int, record: dict[str, int], key: str = "that") -> int:
    if depth == 1:
        return record[key]
    return dig(depth - 1, record, key)


kinds = itertools.count()


@mpdiag.guard
def guarded(record: dict[str, int], key: str = "that") -> int:
    return dig(DEPTH, record, key)


def bare() -> None:
    for number in range(FAILURES):
        try:
            dig(DEPTH, {"this": number})
        except KeyError:
            pass


def ours() -> None:
    for number in range(FAILURES):
        try:
            guarded({"this": number})
        except KeyError:
            pass


def first() -> None:
    for _ in range(KINDS):
        try:
            guarded({"this": 1}, f"that {next(kinds)}")
        except KeyError:
            pass


def tblib() -> None:
    for number in range(FAILURES):
        try:
            dig(DEPTH, {"this": number})
        except KeyError as error:
            pickling_support.install(error)
            pickle.dumps(error)


def inside() -> None:
    """Measure in this process, and print the rounds."""
    print(json.dumps(measure({"bare": bare, "ours": ours, "first": first, "tblib": tblib})))


def outside(command: list[str]) -> dict[str, list[float]]:
    """Return what *command* and `inside` measured, over catching the exception alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(__file__).resolve())
        done = subprocess.run(
            [*command, path, "inside"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        )
    seconds = json.loads(done.stdout.splitlines()[-1])
    net = {
        name: [t - b for t, b in zip(seconds[name], seconds["bare"], strict=True)]
        for name in ("ours", "tblib")
    }
    return {**net, "first": seconds["first"]}


def main() -> None:
    by_hand = outside([sys.executable])
    under_run = outside([sys.executable, "-m", "mpdiag", "run", "-q"])
    rows = []
    for where, net in (("under `mpdiag run`", under_run), ("by hand", by_hand)):
        each = [t / FAILURES * 1e6 for t in net["ours"]]
        what = f"a repeated failure at depth 5, `@guard` {where}"
        rows.append(row(what, each, "us", goal=5))
        rows.append(
            row(f"{what}, over tblib's pickling", ratio(net, "ours", "tblib"), "x", gate=0.2)
        )
        firsts = [t / KINDS * 1e6 for t in net["first"]]
        rows.append(row(f"the first failure of a kind, whole, `@guard` {where}", firsts, "us"))
    rows.append(row("tblib's pickling", [t / FAILURES * 1e6 for t in under_run["tblib"]], "us"))
    finish("failure", rows)


if __name__ == "__main__":
    inside() if sys.argv[1:] == ["inside"] else main()
