"""Snippets that fail, each with what is said of it.

`task` is called as a pool would call it.  What is said is the same in every Python, or stands
beside it: 3.10 has no columns, and from 3.12 on the variables of a comprehension are gone.
"""

from __future__ import annotations

import textwrap
from typing import NamedTuple

Said = tuple[str, ...]
SILENT: Said = ()


class Case(NamedTuple):
    """One snippet."""

    name: str
    source: str
    args: tuple[object, ...]
    said: Said
    before_311: Said | None = None
    since_312: Said | None = None

    @property
    def program(self) -> str:
        """The source, as it would stand in a file."""
        return textwrap.dedent(self.source).lstrip("\n")


def case(name: str, source: str, args: tuple[object, ...], *said: str) -> Case:
    """Return a case of which every Python says the same."""
    return Case(name, source, args, said)


RECORD = {"id": 4711, "this": 7, "name": "ab"}
MANY = {f"column_{number:03}": number for number in range(40)}

MISSING_KEYS = [
    case(
        "its keys are listed",
        """
        def task(record):
            return record["this"] * record["that"]
        """,
        (RECORD,),
        "record: no key 'that'; its keys: 'id', 'this', 'name'",
    ),
    case(
        "other case",
        """
        def task(record):
            return record["Name"]
        """,
        (RECORD,),
        "record: no key 'Name', but 'name' (other case)",
    ),
    case(
        "other white space",
        """
        def task(row):
            return row["unit price"]
        """,
        ({"unit price ": 1, "unit": 2},),
        "row: no key 'unit price', but 'unit price ' (other white space)",
    ),
    case(
        "two letters swapped",
        """
        def task(record):
            return record["adress"]
        """,
        ({"address": 1, "addressee": 2},),
        "record: no key 'adress', but 'address' (1 edit away)",
    ),
    case(
        "text against number",
        """
        def task(table, key):
            return table[key]
        """,
        ({1: "a", 2: "b"}, "1"),
        "table: no key '1', but 1 (int, not str)",
    ),
    case(
        "number against text",
        """
        def task(table, key):
            return table[key]
        """,
        ({"1": "a", "2": "b"}, 2),
        "table: no key 2, but '2' (str, not int)",
    ),
    case(
        "bytes against text",
        """
        def task(headers):
            return headers["host"]
        """,
        ({b"host": b"x", b"date": b"y"},),
        "headers: no key 'host', but b'host' (bytes, not str)",
    ),
    case(
        "all keys of another type",
        """
        def task(table, key):
            return table[key]
        """,
        ({1: "a", 2: "b"}, "x"),
        "table: no key 'x'; its keys are int: 1, 2",
    ),
    case(
        "an empty dict",
        """
        def task(record):
            return record["id"]
        """,
        ({},),
        "record: no key 'id': it is empty",
    ),
    case(
        "many keys",
        """
        def task(record):
            return record["total"]
        """,
        (MANY,),
        "record: no key 'total'; its keys: "
        + ", ".join(map(repr, list(MANY)[:12]))
        + " and 28 more",
    ),
    case(
        "the near one of many",
        """
        def task(record):
            return record["colunm_035"]
        """,
        (MANY,),
        "record: no key 'colunm_035', but 'column_035' (1 edit away)",
    ),
    case(
        "more keys than are looked at",
        """
        def task(record):
            return record["total"]
        """,
        (dict.fromkeys(range(50_001)),),
        "record: no key 'total' among its 50,001 keys",
    ),
    case(
        "a dict in the input",
        """
        def task(record):
            return record["meta"]["size"]
        """,
        ({"meta": {"width": 1}},),
        "record[\"meta\"]: no key 'size'; its keys: 'width'",
    ),
    case(
        "an attribute of the input",
        """
        class Job:
            def __init__(self):
                self.config = {"db": 1}

        def task(number):
            job = Job()
            return job.config["cache"]
        """,
        (1,),
        "job.config: no key 'cache'; its keys: 'db'",
    ),
    case(
        "self",
        """
        class Job:
            def __init__(self):
                self.seen = {}

            def run(self, key):
                return self.seen[key]

        def task(key):
            return Job().run(key)
        """,
        ("a",),
        "self.seen: no key 'a': it is empty",
        "set in line 3 in __init__(): self.seen = {}",
    ),
    case(
        "a part of a batch, by identity",
        """
        def task(batch):
            total = 0
            for row in batch:
                total += row["price"]
        """,
        ([{"price": 1}, {"Price": 2}],),
        "row: no key 'price', but 'Price' (other case)",
        "it is batch[1] of the inputs",
    ),
    case(
        "the input under another name",
        """
        def helper(values):
            return values["x"]

        def task(record):
            return helper(record["inner"])
        """,
        ({"inner": {"y": 1}},),
        "values: no key 'x'; its keys: 'y'",
        "it is record['inner'] of the inputs",
    ),
    case(
        "a dict that the function made",
        """
        def task(text):
            pairs = dict(one.split("=") for one in text.split(";"))
            return pairs["user"]
        """,
        ("name=a;id=3",),
        "pairs: no key 'user'; its keys: 'name', 'id'",
        'set in line 2: pairs = dict(one.split("=") for one in text.split(";"))',
    ),
    case(
        "what a call returned",
        """
        def load():
            return {"a": 1}

        def task(number):
            return load()["b"]
        """,
        (1,),
        "load(): no key 'b'",
    ),
    case(
        "a global",
        """
        PRICES = {"apple": 3}

        def task(fruit):
            return PRICES[fruit]
        """,
        ("pear",),
        "PRICES: no key 'pear'; its keys: 'apple'",
        'set in line 1: PRICES = {"apple": 3}',
    ),
    case(
        "pop",
        """
        def task(record):
            return record.pop("that")
        """,
        (RECORD,),
        "record: no key 'that'; its keys: 'id', 'this', 'name'",
    ),
    case(
        "del",
        """
        def task(record):
            del record["that"]
        """,
        (RECORD,),
        "record: no key 'that'; its keys: 'id', 'this', 'name'",
    ),
    case(
        "added to",
        """
        def task(words):
            counts = {}
            for word in words:
                counts[word] += 1
        """,
        (["a"],),
        "counts: no key 'a': it is empty",
        "set in line 2: counts = {}",
    ),
    case(
        "popitem",
        """
        def task(table):
            return table.popitem()
        """,
        ({},),
        "table: nothing to take: it is empty",
    ),
    case(
        "a set",
        """
        def task(seen):
            seen.remove("b")
        """,
        ({"a"},),
        "seen: no member 'b'; its members: 'a'",
    ),
    case(
        "a tuple as key",
        """
        def task(grid, x, y):
            return grid[x, y]
        """,
        ({(0, 0): "a"}, 0, 1),
        "grid: no key (0, 1); its keys: (0, 0)",
    ),
    case(
        "format with %",
        """
        def task(record):
            return "%(id)s %(that)s" % record
        """,
        (RECORD,),
        "record: no key 'that'; its keys: 'id', 'this', 'name'",
    ),
    case(
        "format_map",
        """
        def task(record):
            return "{id} {Name}".format_map(record)
        """,
        (RECORD,),
        "record: no key 'Name', but 'name' (other case)",
    ),
    case(
        "format with **",
        """
        def task(record):
            return "{that}".format(**record)
        """,
        (RECORD,),
        "record: no key 'that'; its keys: 'id', 'this', 'name'",
    ),
    case(
        "taken out before",
        """
        def task(record):
            name = record.pop("name")
            del record["id"]
            return record["name"]
        """,
        (dict(RECORD),),
        "record: no key 'name'; its keys: 'this'",
        'may be taken out in line 2: record.pop("name")',
    ),
    case(
        "a defaultdict without a factory",
        """
        from collections import defaultdict

        def task(key):
            table = defaultdict(None, {"a": 1})
            return table[key]
        """,
        ("b",),
        "table: no key 'b'; its keys: 'a'",
        "it is a collections.defaultdict, which gave no default here",
        'set in line 4: table = defaultdict(None, {"a": 1})',
    ),
    case(
        "a __missing__ that raises",
        """
        class Strict(dict):
            def __missing__(self, key):
                raise KeyError(key)

        def task(key):
            table = Strict(alpha=1)
            return table[key]
        """,
        ("alhpa",),
        "table: no key 'alhpa', but 'alpha' (1 edit away)",
        "it is of type snippet.Strict, whose __missing__ gave no default here",
        "set in line 6: table = Strict(alpha=1)",
    ),
    case(
        "a mapping of the user's own",
        """
        class Table:
            def __getitem__(self, key):
                raise KeyError(key)

        def task(key):
            return Table()[key]
        """,
        ("a",),
        "Table(): no key 'a'",
    ),
    case(
        "another key than the one that was asked for",
        """
        class Table:
            def __getitem__(self, key):
                raise KeyError("the table is closed")

        def task(key):
            table = Table()
            return table[key]
        """,
        ("a",),
    ),
    case(
        "a mapping with other keys inside",
        """
        class Table:
            def __init__(self):
                self.rows = {"x": 1}

            def __getitem__(self, key):
                return self.rows[key]

        def task(key):
            return Table()[key]
        """,
        ("a",),
        "self.rows: no key 'a'; its keys: 'x'",
        'set in line 3 in __init__(): self.rows = {"x": 1}',
    ),
    case(
        "the environment",
        """
        import os

        def task(number):
            return os.environ["MPDIAG_NO_SUCH_NAME"]
        """,
        (1,),
        "os.environ: no key 'MPDIAG_NO_SUCH_NAME' among its 2",
        "it is the environment of the worker, as it was then",
    ),
    case(
        "a near name in the environment",
        """
        import os

        def task(number):
            return os.environ["Home"]
        """,
        (1,),
        "os.environ: no key 'Home', but 'HOME' (other case)",
        "it is the environment of the worker, as it was then",
    ),
    case(
        "a ChainMap",
        """
        from collections import ChainMap

        def task(one, other):
            both = ChainMap(one, other)
            return both["colour"]
        """,
        ({"size": 1}, {"color": 2}),
        "both: no key 'colour', but 'color' (1 edit away)",
        "set in line 4: both = ChainMap(one, other)",
    ),
    case(
        "an OrderedDict",
        """
        from collections import OrderedDict

        def task(key):
            return OrderedDict(a=1)[key]
        """,
        ("b",),
        "OrderedDict(a=1): no key 'b'",
    ),
    Case(
        "in a comprehension",
        """
        def task(batch):
            return [row["price"] for row in batch]
        """,
        ([{"price": 1}, {"cost": 2}],),
        ("row: no key 'price'; its keys: 'cost'", "it is batch[1] of the inputs"),
        since_312=("row: no key 'price'",),
    ),
    case(
        "in a generator",
        """
        def task(batch):
            return sum(row["price"] for row in batch)
        """,
        ([{"price": 1}, {"cost": 2}],),
        "row: no key 'price'; its keys: 'cost'",
        "it is batch[1] of the inputs",
    ),
    case(
        "in an f-string",
        """
        def task(record):
            return f"{record['that']:>10}"
        """,
        (RECORD,),
        "record: no key 'that'; its keys: 'id', 'this', 'name'",
    ),
    case(
        "over several lines",
        """
        def task(record):
            return (
                record["this"]
                + record[
                    "that"
                ]
            )
        """,
        (RECORD,),
        "record: no key 'that'; its keys: 'id', 'this', 'name'",
    ),
    case(
        "a key raised by hand",
        """
        def task(record):
            raise KeyError("that")
        """,
        (RECORD,),
    ),
    case(
        "changed on the way out",
        """
        def task(record):
            try:
                return record["that"]
            finally:
                record.clear()
        """,
        (dict(RECORD),),
        "record: no key 'that'",
    ),
    Case(
        "the same key of two dicts",
        """
        def task(one, other):
            return one["a"] + other["a"]
        """,
        ({"a": 1}, {"b": 1}),
        ("other: no key 'a'; its keys: 'b'",),
    ),
    Case(
        "two calls that 3.10 cannot tell apart",
        """
        def load(number):
            return {"a": number}

        def task(number):
            return load(number)["b"] + load(number + 1)["b"]
        """,
        (1,),
        ("load(number): no key 'b'",),
        before_311=SILENT,
    ),
]
INDEXES = [
    case(
        "past the end",
        """
        def task(row):
            return row[7]
        """,
        ([1, 2, 3],),
        "row: no index 7: it has 3 items (0 to 2)",
    ),
    case(
        "before the beginning",
        """
        def task(row):
            return row[-4]
        """,
        ([1, 2, 3],),
        "row: no index -4: it has 3 items (-3 to 2)",
    ),
    case(
        "an index in a variable",
        """
        def task(row, i):
            return row[i + 1]
        """,
        ([1, 2, 3], 2),
        "row: no index 3: it has 3 items (0 to 2)",
    ),
    case(
        "an empty list",
        """
        def task(rows):
            return rows[0]
        """,
        ([],),
        "rows: no index 0: it is empty",
    ),
    case(
        "a text",
        """
        def task(text):
            return text[3]
        """,
        ("abc",),
        "text: no index 3: it has 3 characters (0 to 2)",
    ),
    case(
        "parts of a text",
        """
        def task(line):
            parts = line.split(",")
            return parts[2]
        """,
        ("a,b",),
        "parts: no index 2: it has 2 items (0 to 1)",
        'set in line 2: parts = line.split(",")',
    ),
    case(
        "parts without a name",
        """
        def task(line):
            return line.split(",")[2]
        """,
        ("a,b",),
        'line.split(","): no index 2',
    ),
    case(
        "pop from an empty list",
        """
        def task(rows):
            return rows.pop()
        """,
        ([],),
        "rows: nothing to take: it is empty",
    ),
    case(
        "assigned",
        """
        def task(size):
            cells = [0] * size
            cells[size] = 1
        """,
        (2,),
        "cells: no index 2: it has 2 items (0 to 1)",
        "set in line 2: cells = [0] * size",
    ),
]
ATTRIBUTES = [
    case(
        "a near attribute",
        """
        class User:
            def __init__(self):
                self.name = "a"

        def task(number):
            user = User()
            return user.nmae
        """,
        (1,),
        "user: no attribute 'nmae', but 'name' (1 edit away)",
    ),
    case(
        "a near method",
        """
        def task(text):
            return text.to_upper()
        """,
        ("a",),
        "text: no attribute 'to_upper'; it is of type str",
    ),
    case(
        "what it has",
        """
        class User:
            def __init__(self):
                self.id, self.name = 1, "a"

        def task(number):
            return User().password_hash
        """,
        (1,),
        "User(): no attribute 'password_hash'; it is of type snippet.User, with id, name",
    ),
    case(
        "a key as an attribute",
        """
        def task(record):
            return record.name
        """,
        (RECORD,),
        "record: no attribute 'name'; it is of type dict",
        "it has the key 'name'",
    ),
    case(
        "a module",
        """
        import json

        def task(text):
            return json.laods(text)
        """,
        ("1",),
        "json: no attribute 'laods', but 'loads' (1 edit away)",
    ),
    case(
        "slots",
        """
        class Point:
            __slots__ = ("x", "y")

        def task(number):
            point = Point()
            point.x = 1
            return point.y
        """,
        (1,),
        "point: no attribute 'y'; it is of type snippet.Point, with x",
    ),
    case(
        "set by a method that did not run",
        """
        class Client:
            def connect(self):
                self.socket = 1

            def send(self):
                return self.socket

        def task(number):
            return Client().send()
        """,
        (1,),
        "self: no attribute 'socket'; it is of type snippet.Client",
        "connect() in line 3 sets it",
    ),
    case(
        "over a chain of lines",
        """
        class Query:
            def filter(self):
                return self

        def task(number):
            return (
                Query()
                .filter()
                .fliter()
            )
        """,
        (1,),
        "Query().filter(): no attribute 'fliter', but 'filter' (1 edit away)",
    ),
    case(
        "getattr",
        """
        def task(record):
            return getattr(record, "nmae")
        """,
        (1,),
        "record: no attribute 'nmae'; it is of type int",
    ),
]
NAMES = [
    case(
        "in a branch that may delete",
        """
        def task(number):
            if number > 1:
                value = number
            if number > 2:
                del value
            return value
        """,
        (1,),
        "value: no value here; set in line 3: value = number",
    ),
    case(
        "a near local",
        """
        def task(record):
            return recrod
        """,
        (1,),
        "recrod: no such name, but 'record' (1 edit away)",
    ),
    case(
        "a near builtin",
        """
        def task(items):
            return lenn(items)
        """,
        ([],),
        "lenn: no such name, but 'len' (1 edit away)",
    ),
    case(
        "a module that was not imported",
        """
        def task(text):
            return subprocess.run(text)
        """,
        ("ls",),
        "subprocess: no such name: a module, not imported here",
    ),
    case(
        "nothing near",
        """
        def task(number):
            return undefined_constant
        """,
        (1,),
        "undefined_constant: no such name in the function, its module or the builtins",
    ),
    case(
        "set as the main program alone",
        """
        def task(number):
            return CONFIG[number]

        if __name__ == "__main__":
            CONFIG = {}
        """,
        (1,),
        "CONFIG: no such name; set only under a test of __name__, line 5: CONFIG = {}",
    ),
    case(
        "before it is set",
        """
        total = 0

        def task(number):
            total += number
        """,
        (1,),
        "total: no value here; set in line 4: total += number",
        "a global of that name is not meant: a local hides it",
    ),
    case(
        "set in a branch",
        """
        def task(number):
            if number > 1:
                result = number
            return result
        """,
        (1,),
        "result: no value here; set in line 3: result = number",
    ),
    case(
        "deleted",
        """
        def task(number):
            value = number
            del value
            return value
        """,
        (1,),
        "value: no value any more; taken away in line 3: del value",
    ),
    case(
        "after its except",
        """
        def task(number):
            try:
                1 / 0
            except ZeroDivisionError as error:
                pass
            return error
        """,
        (1,),
        "error: no value here; set in line 4: except ZeroDivisionError as error:",
        "an except clause takes its name away at its end",
    ),
]
NEXT = [
    case(
        "of an empty list",
        """
        def task(rows):
            found = iter(rows)
            return next(found)
        """,
        ([],),
        "found: no next item; rows is empty",
        "set in line 2: found = iter(rows)",
    ),
    case(
        "of a generator",
        """
        def task(rows):
            return next(row for row in rows if row > 3)
        """,
        ([1],),
        "(row for row in rows if row > 3): no next item; it is at its end",
    ),
]
NONE = [
    case(
        "in a lambda",
        """
        def task(rows):
            return list(map(lambda row: row["id"], rows))
        """,
        ([None],),
        "row: None, as it was passed",
    ),
    case(
        "in one branch of an expression",
        """
        def task(record):
            user = record.get("user")
            return user["name"] if record else None
        """,
        ({"id": 3},),
        'user: None; set in line 2: user = record.get("user")',
    ),
    case(
        "a conditional that returned it",
        """
        def task(record):
            return (record if record else None)["id"]
        """,
        ({},),
        "record if record else None: None",
    ),
    case(
        "what a helper may have returned",
        """
        def load():
            return [None, 1]

        def task(number):
            return sorted(load())
        """,
        (1,),
    ),
    case(
        "a default",
        """
        def helper(row=None):
            return row["id"]

        def task(record):
            return helper()
        """,
        ({},),
        "row: None, passed or by default",
    ),
    case(
        "the left one of two calls",
        """
        def find(number):
            return None if number else 3

        def task(number):
            return find(number) + find(0)
        """,
        (1,),
        "find(number): it returned None",
    ),
    case(
        "after a walrus",
        """
        import re

        def task(text):
            if (found := re.search("a", text)) is None:
                return found.group(0)
        """,
        ("b",),
        "found: None; set in line 4: (found := re.search('a', text))",
    ),
    case(
        "behind a loop",
        """
        def task(rows):
            best = None
            for row in rows:
                if row > 3:
                    best = row
            return best.name
        """,
        ([1],),
        "best: None; set in line 2 or 5",
    ),
    case(
        "in the except of what would have set it",
        """
        def task(path):
            handle = None
            try:
                handle = open(path)
            except OSError:
                handle.close()
        """,
        ("/no/such/file",),
        "handle: None; set in line 2 or 4",
    ),
    case(
        "set again in the next round",
        """
        def task(rows):
            last = {"n": 0}
            for row in rows:
                print(last["n"])
                last = row
        """,
        ([None, 1],),
        "last: None; set in line 5: last = row",
    ),
    case(
        "a search without a match",
        """
        import re

        def task(text):
            match = re.search("[0-9]+", text)
            return match.group(0)
        """,
        ("abc",),
        'match: None; set in line 4: match = re.search("[0-9]+", text)',
    ),
    case(
        "a key that is None",
        """
        def task(record):
            return record["user"]["name"]
        """,
        ({"user": None},),
        'record["user"]: None in the input',
    ),
    case(
        "what a call returned",
        """
        def find(number):
            pass

        def task(number):
            return find(number).name
        """,
        (1,),
        "find(number): it returned None",
    ),
    case(
        "the input itself",
        """
        def task(record):
            return record["id"]
        """,
        (None,),
        "record: None in the input",
    ),
    case(
        "passed on",
        """
        def helper(row):
            return row["id"]

        def task(record):
            return helper(record.get("row"))
        """,
        ({},),
        "row: None, as it was passed",
    ),
    case(
        "iterated",
        """
        def task(record):
            rows = record.get("rows")
            for row in rows:
                pass
        """,
        ({},),
        'rows: None; set in line 2: rows = record.get("rows")',
    ),
    case(
        "in a comprehension",
        """
        def task(record):
            rows = record.get("rows")
            return [row for row in rows]
        """,
        ({},),
        'rows: None; set in line 2: rows = record.get("rows")',
    ),
    case(
        "called",
        """
        HANDLER = None

        def task(number):
            return HANDLER(number)
        """,
        (1,),
        "HANDLER: None; set in line 1: HANDLER = None",
    ),
    case(
        "a global that an initializer sets",
        """
        POOL = None

        def init():
            global POOL
            POOL = object()

        def task(number):
            return POOL.get(number)
        """,
        (1,),
        "POOL: None; set in line 1 or line 5 in init()",
    ),
    case(
        "an attribute",
        """
        class Client:
            def __init__(self):
                self.socket = None

            def send(self, data):
                return self.socket.send(data)

        def task(data):
            return Client().send(data)
        """,
        (b"a",),
        "self.socket: None; set in line 3 in __init__(): self.socket = None",
    ),
    case(
        "added",
        """
        def task(record):
            price = record.get("price")
            return price + 1
        """,
        ({},),
        'price: None; set in line 2: price = record.get("price")',
    ),
    case(
        "compared",
        """
        def task(record):
            price = record.get("price")
            return 3 < price
        """,
        ({},),
        'price: None; set in line 2: price = record.get("price")',
    ),
    case(
        "asked for its length",
        """
        def task(record):
            rows = record.get("rows")
            return len(rows)
        """,
        ({},),
        'rows: None; set in line 2: rows = record.get("rows")',
    ),
    case(
        "taken apart",
        """
        def find(number):
            pass

        def task(number):
            one, two = find(number)
        """,
        (1,),
        "find(number): it returned None",
    ),
    case(
        "looked into",
        """
        def task(record):
            tags = record.get("tags")
            return "x" in tags
        """,
        ({},),
        'tags: None; set in line 2: tags = record.get("tags")',
    ),
    case(
        "set in two branches",
        """
        def task(number):
            if number:
                found = None
            else:
                found = max([], default=None)
            return found.name
        """,
        (1,),
        "found: None; set in line 3 or 5",
    ),
    case(
        "a branch that cannot be it",
        """
        def task(record):
            found = {}
            if record:
                found = record.get("x")
            return found["y"]
        """,
        ({"z": 1},),
        'found: None; set in line 4: found = record.get("x")',
    ),
    case(
        "a number from None",
        """
        def task(record):
            return int(record.get("n"))
        """,
        ({},),
        'record.get("n"): it returned None',
    ),
    case(
        "a text as a dict",
        """
        def task(record):
            return record["id"]
        """,
        ("{'id': 3}",),
        "record: it is of type str, not a dict: \"{'id': 3}\"",
    ),
    case(
        "a list as a dict",
        """
        import json

        def task(text):
            record = json.loads(text)
            return record["id"]
        """,
        ('[{"id": 3}]',),
        "record: it is of type list, not a dict: [{'id': 3}]",
        "set in line 4: record = json.loads(text)",
    ),
]
TEXTS = [
    case(
        "no number",
        """
        def task(row):
            return int(row["qty"])
        """,
        ({"qty": "12a4"},),
        "row[\"qty\"]: no int at position 2 of 4: after '12' comes 'a4'",
    ),
    case(
        "a fraction",
        """
        def task(text):
            return int(text)
        """,
        ("12.5",),
        "text: no int at position 2 of 4: after '12' comes '.5'",
        "it reads as a float",
    ),
    case(
        "nothing",
        """
        def task(text):
            return int(text.strip())
        """,
        ("  ",),
        "int(text.strip()): no int; it is empty",
    ),
    case(
        "of another base",
        """
        def task(text):
            return int(text, 16)
        """,
        ("12fg",),
        "text: no int of base 16 at position 3 of 4: after '12f' comes 'g'",
    ),
    case(
        "a comma",
        """
        def task(text):
            return float(text)
        """,
        ("1,5",),
        "text: no float at position 1 of 3: after '1' comes ',5'",
    ),
    case(
        "not a number at all",
        """
        def task(text):
            return float(text)
        """,
        ("N/A",),
        "text: no float from its beginning on: 'N/A'",
    ),
    case(
        "a decimal",
        """
        from decimal import Decimal

        def task(row):
            return Decimal(row["price"])
        """,
        ({"price": "1.250,00"},),
        "row[\"price\"]: no decimal.Decimal at position 5 of 8: after '1.250' comes ',00'",
    ),
    case(
        "JSON",
        """
        import json

        def task(text):
            return json.loads(text)
        """,
        ('{"a": 1 "b": 2}',),
        "text: no JSON at position 8 of 15: after '{\"a\": 1 ' comes '\"b\": 2}'",
    ),
    case(
        "JSON of several lines",
        """
        import json

        def task(text):
            return json.loads(text)
        """,
        ('{\n "a": 1\n "b": 2}',),
        "text: no JSON in line 3, at position 11 of 18: after "
        "'{\\n \"a\": 1\\n ' comes '\"b\": 2}'",
    ),
    case(
        "a page in place of JSON",
        """
        import json

        def task(text):
            return json.loads(text)
        """,
        ("<html>502 Bad Gateway</html>",),
        "text: no JSON from its beginning on: '<html>502 Bad Gateway</html>'",
    ),
    case(
        "an empty answer",
        """
        import json

        def task(text):
            return json.loads(text)
        """,
        ("",),
        "text: no JSON; it is empty",
    ),
    case(
        "a date",
        """
        from datetime import datetime

        def task(row):
            return datetime.strptime(row["when"], "%Y-%m-%d")
        """,
        ({"when": "2024-13-01"},),
        "row[\"when\"]: no '%Y-%m-%d' at position 5 of 10: after '2024-' comes '13-01'",
        "%m does not fit there",
    ),
    case(
        "a date of another form",
        """
        from datetime import datetime

        def task(text):
            return datetime.strptime(text, "%Y-%m-%d")
        """,
        ("01/02/2024",),
        "text: no '%Y-%m-%d' from its beginning on: '01/02/2024'",
        "%Y does not fit there",
    ),
    case(
        "bytes",
        """
        def task(raw):
            return raw.decode("utf-8")
        """,
        (b"Jos\xe9 P.",),
        "raw: no utf-8 at position 3 of 7: after b'Jos' comes b'\\xe9 P.'",
        "in latin-1 that byte is 'é'",
    ),
    case(
        "compressed bytes",
        """
        def task(raw):
            return raw.decode()
        """,
        (b"\x1f\x8b\x08\x00abc",),
        "raw: no utf-8 at position 1 of 7: after b'\\x1f' comes b'\\x8b\\x08\\x00abc'",
        "it begins as gzip does",
    ),
    case(
        "text to bytes",
        """
        def task(text):
            return text.encode("ascii")
        """,
        ("caf\xe9",),
        "text: no ascii at position 3 of 4: after 'caf' comes 'é'",
        "that is U+00E9",
    ),
    case(
        "a secret",
        """
        def task(password):
            return int(password)
        """,
        ("hunter2",),
        "password: no int from its beginning on",
    ),
]
CASES = [
    Case(f"{title}: {one.name}", *one[1:])
    for title, cases in (
        ("key", MISSING_KEYS),
        ("index", INDEXES),
        ("attribute", ATTRIBUTES),
        ("name", NAMES),
        ("next", NEXT),
        ("none", NONE),
        ("text", TEXTS),
    )
    for one in cases
]
