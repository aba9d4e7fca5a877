"""Small programs that fail for some of their inputs, and why they do."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mpdiag.analysis import Record

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fern")


@dataclass
class Line:
    """An item of an invoice."""

    name: str
    price: object
    amount: int = 1


@dataclass(frozen=True)
class Case:
    """Inputs of one task, drawn by chance, and whether it fails."""

    names: tuple[str, ...]
    draw: Callable[[random.Random], tuple[Any, ...]]
    fails: Callable[..., bool]

    def records(self, seed: int, count: int = 3000) -> list[tuple[Record, bool]]:
        """Return tasks on four workers, each with whether it failed."""
        chance = random.Random(seed)
        last: dict[int, Record] = {}
        nth: dict[int, int] = {}
        found = []
        for _ in range(count):
            worker = chance.randrange(1, 5)
            args = self.draw(chance)
            record = Record(args, {}, worker, nth.get(worker, 0), last.get(worker))
            last[worker], nth[worker] = record, nth.get(worker, 0) + 1
            found.append((record, self.fails(*args)))
        return found


def split(records: Sequence[tuple[Record, bool]]) -> tuple[list[Record], list[Record]]:
    """Return failures and passes."""
    return [one for one, bad in records if bad], [one for one, bad in records if not bad]


def holds(condition: str, names: Sequence[str], record: Record) -> bool:
    """Return what a pasted condition says of *record*."""
    known = {
        **dict(zip(names, record.args, strict=False)),
        "args": record.args,
        "kwargs": record.kwargs,
        "worker": record.worker,
        "nth": record.nth,
        "previous": record.previous,
        "running": record.running or (),
    }
    try:
        return bool(eval(condition, known))
    except Exception:
        return False


def rarely(chance: random.Random, share: float = 0.02) -> bool:
    """Return True now and then."""
    return chance.random() < share


def _account(chance: random.Random) -> tuple[Any, ...]:
    held = {"owner": chance.choice(WORDS), "limit": chance.randrange(100), "note": None}
    if rarely(chance):
        del held["limit"]
    elif rarely(chance, 0.1):
        del held["note"]
    return (held,)


def _invoice(chance: random.Random) -> tuple[Any, ...]:
    lines = [Line(chance.choice(WORDS), chance.random() * 9) for _ in range(chance.randrange(6))]
    if lines and rarely(chance):
        chance.choice(lines).price = "free"
    return lines, chance.choice(WORDS)


def _text(chance: random.Random) -> tuple[Any, ...]:
    text = " ".join(chance.choices(WORDS, k=chance.randrange(1, 5)))
    return (text + "\t" if rarely(chance) else text, chance.random())


def _range(chance: random.Random) -> tuple[Any, ...]:
    low = chance.randrange(100)
    return low, low + (-chance.randrange(1, 5) if rarely(chance) else chance.randrange(1, 50))


INSIDE = {
    "a key that is not there": Case(("account",), _account, lambda account: "limit" not in account),
    "one item of another type": Case(
        ("lines", "buyer"), _invoice, lambda lines, _: any(type(x.price) is str for x in lines)
    ),
    "a tab in a text": Case(("text", "weight"), _text, lambda text, _: "\t" in text),
    "two numbers in the wrong order": Case(("low", "high"), _range, lambda low, high: high < low),
    "a number beyond a limit": Case(
        ("size",), lambda c: (c.randrange(3000),), lambda size: size > 2900
    ),
    "two conditions": Case(
        ("kind", "size"),
        lambda c: (c.choice(WORDS), c.randrange(100)),
        lambda kind, size: kind == "cedar" and size >= 90,
    ),
    "an empty item in a tuple": Case(
        ("pair",),
        lambda c: ((c.choice(WORDS), "" if rarely(c) else c.choice(WORDS)),),
        lambda pair: not pair[1],
    ),
    "bytes that are no text": Case(
        ("raw",),
        lambda c: (b"\xff\xfe" + c.randbytes(3) if rarely(c) else c.choice(WORDS).encode(),),
        lambda raw: raw[:1] == b"\xff",
    ),
}

OUTSIDE = {
    "the sum of two inputs": Case(
        ("x", "y"), lambda c: (c.randrange(100), c.randrange(100)), lambda x, y: x + y > 180
    ),
    "neighbours too far apart": Case(
        ("steps",),
        lambda c: ([c.randrange(100) for _ in range(5)],),
        lambda steps: any(b - a > 80 for a, b in pairwise(steps)),
    ),
    "a check digit": Case(
        ("number",), lambda c: (c.randrange(10**6),), lambda n: sum(map(int, str(n))) % 11 == 0
    ),
    "names that differ in case alone": Case(
        ("names",),
        lambda c: ([*c.sample(WORDS, 3), *(["CEDAR"] if rarely(c, 0.05) else [])],),
        lambda names: len({name.lower() for name in names}) < len(names),
    ),
    "a word within a text": Case(
        ("query",),
        lambda c: (" ".join([*c.choices(WORDS, k=3), *(["drop"] if rarely(c) else []), "end"]),),
        lambda query: "drop" in query,
    ),
    "brackets that do not match": Case(
        ("formula",),
        lambda c: ("(a+b)*(c+d)"[c.randrange(2) if rarely(c, 0.05) else 0 :] + c.choice(WORDS),),
        lambda formula: formula.count("(") != formula.count(")"),
    ),
    "one or the other": Case(
        ("kind", "size", "flag"),
        lambda c: (c.choice(WORDS), c.randrange(100), c.random() < 0.2),
        lambda kind, size, flag: (kind == "fern" and size > 90) or (flag and size < 5),
    ),
    "a value under a key that is data": Case(
        ("prices",),
        lambda c: ({c.randbytes(3).hex(): None if rarely(c, 0.01) else 1 for _ in range(4)},),
        lambda prices: None in prices.values(),
    ),
    "the length of a word in a text": Case(
        ("text",),
        lambda c: (" ".join("w" * c.choice((3, 4, 5, 30 if rarely(c, 0.1) else 6)) for _ in "ab"),),
        lambda text: max(map(len, text.split())) > 20,
    ),
    "a square": Case(("number",), lambda c: (c.randrange(2000),), lambda n: int(n**0.5) ** 2 == n),
}
