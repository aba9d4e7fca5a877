"""Conditions over whole tasks: tests of columns, relations between two, and their ``and``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ._columns import (
    EACH,
    MISSING,
    PREVIOUS,
    RUNNING,
    Path,
    Step,
    Thing,
    expression,
    has_plain_keys,
    ids_of,
    is_any,
    reach,
)
from ._cuts import Measure, measures_of, threshold
from ._record import Record
from ._tests import LEAST, Test, X, contains, on, tests_of

# A level costs a little, what another task had more, since there is more of it to choose from.
_LEVEL, _OTHER = 0.4, 1.5
# Characters of the texts of one task that are looked at.
_LETTERS = 10_000
# Passing tasks of which a key must be known to be missed.
_MOSTLY = 0.5
_NAMES = ids_of(str, int)
# What may be told of a secret.
_OPEN = (f"{X} is None", f"{X} == ''", f"type({X})", f"len({X})", f"not hasattr({X}")


class Atom(NamedTuple):
    """One condition without ``and``."""

    text: str
    cost: float
    holds: Callable[[Record], bool]
    paths: tuple[Path, ...]
    refit: Measure | None = None
    """What it compares with a number that can be told better from more tasks."""
    negated: bool = False

    @property
    def needs(self) -> str:
        """What of a task must be known: ``previous``, ``running``, or nothing."""
        found = {path[0].kind for path in self.paths} & {"previous", "running"}
        return min(found, default="")

    @property
    def is_of_inputs(self) -> bool:
        """Whether it asks for nothing but the inputs of the task itself."""
        return all(path[0].kind in {"input", "keyword"} for path in self.paths)


@dataclass(eq=False, slots=True)
class Candidate:
    """One or more atoms that hold together, and for which tasks of the sample they do."""

    atoms: tuple[Atom, ...]
    failed: int
    """A byte for each failure of the sample, as one number."""
    passed: int
    held: float = 0.0
    false: float = 0.0
    """For how many of all failures and passes it holds, as far as is known."""
    exact: bool = False
    """Counted over all passes that can be asked."""
    alarms: int = 0
    """For how many of these it holds."""
    score: float = 0.0

    @property
    def text(self) -> str:
        """The whole condition."""
        return " and ".join(atom.text for atom in self.atoms)

    @property
    def cost(self) -> float:
        """Bits to say it."""
        return sum(atom.cost for atom in self.atoms) + 2 * (len(self.atoms) - 1)

    @property
    def is_of_inputs(self) -> bool:
        """Whether the inputs of a task are all that it asks for."""
        return all(atom.is_of_inputs for atom in self.atoms)

    def holds(self, record: Record) -> bool:
        """Tell whether it holds for *record*."""
        for atom in self.atoms:  # noqa: SIM110 - `all` takes twice as long, for every task
            if not atom.holds(record):
                return False
        return True


def pack(flags: Iterable[bool]) -> int:
    """Return a byte for each flag as one number: joined with ``&``, counted with `bit_count`."""
    return int.from_bytes(bytes(flags), "little")


@dataclass(frozen=True, slots=True)
class Table:
    """Failed and passing tasks with their columns."""

    failed: Sequence[Mapping[Path, Any]]
    passed: Sequence[Mapping[Path, Any]]
    columns: Sequence[Path]
    hides: Callable[[str], bool]

    def values(self, path: Path) -> tuple[list[Any], list[Any]]:
        """Return the values in one column."""
        failed = [walk.get(path, MISSING) for walk in self.failed]
        return failed, [walk.get(path, MISSING) for walk in self.passed]

    def candidates(self) -> Iterator[Candidate]:
        """Yield the conditions on one column that hold for enough failures."""
        for path in self.columns:
            failed, passed = self.values(path)
            hidden = any(self.hides(str(step.name)) for step in path)
            for test, measure in _tests(path, failed, passed):
                if hidden and not test.text.startswith(_OPEN):
                    continue
                found = self.candidate(atom_of(path, test, measure), test, failed, passed, path)
                if found is not None:
                    yield found

    def candidate(
        self, atom: Atom, test: Test, failed: list[Any], passed: list[Any], path: Path
    ) -> Candidate | None:
        """Return *atom* with the tasks for which it holds; None if those are too few failures."""
        check = lifted(test.check) if EACH in path else test.check
        bits = pack(map(check, failed))
        if bits.bit_count() < max(1, LEAST * len(failed)):
            return None
        return Candidate((atom,), bits, pack(map(check, passed)))


def lifted(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return the check for the values behind ``[*]``: one of them at least."""
    return lambda values: values is not MISSING and any(map(check, values))


def _tests(
    path: Path, failed: list[Any], passed: list[Any]
) -> Iterator[tuple[Test, Measure | None]]:
    if EACH in path:
        yield from ((test, None) for test in _in_some(failed, passed))
        failed = [one for values in failed if values is not MISSING for one in values]
        passed = [one for values in passed if values is not MISSING for one in values]
    if path[0] == Step("context", "nth"):
        yield Test(f"{X} == 0", 3, lambda v: v == 0 and v is not MISSING), None
    elif path == (RUNNING,):
        yield from _crowds(failed, passed)
        return
    else:
        yield from ((test, None) for test in tests_of(failed, passed))
        yield from ((test, None) for test in _absences(failed, passed))
    if path[0] != Step("context", "worker"):
        there = [one for one in failed if one is not MISSING]
        for measure in measures_of(there):
            test = threshold(measure, there, passed)
            if test is not None:
                yield test, None if EACH in path else measure


def _in_some(failed: list[Any], passed: list[Any]) -> Iterator[Test]:
    """Yield tests for characters that one text of many has, in failures more often than else."""
    bad, good = _letters(failed), _letters(passed)
    for char, count in bad.most_common():
        if count < LEAST * len(failed):
            return
        if count * len(passed) > 2 * good[char] * len(failed):
            yield Test(f"{char!r} in {X}", 5.5, on(str, contains(char)))


def _letters(rows: list[Any]) -> Counter[str]:
    """Return in how many of *rows* of texts each character is."""
    there = (values for values in rows if values is not MISSING)
    texts = ("".join(one for one in values if type(one) is str) for values in there)
    return Counter(char for text in texts for char in set(text[:_LETTERS]))


def _crowds(failed: list[Any], passed: list[Any]) -> Iterator[tuple[Test, Measure | None]]:
    measure = Measure(f"len({X})", 6, lambda v: None if v is MISSING else len(v))
    test = threshold(measure, failed, passed)
    if test is not None:
        yield test, measure


def _absences(failed: list[Any], passed: list[Any]) -> Iterator[Test]:
    """Yield tests for keys and fields that failures lack: only passes can name them."""
    dicts = [v for v in failed if type(v) is dict and has_plain_keys(v)]
    if dicts:
        others = [v for v in passed if type(v) is dict and has_plain_keys(v)]
        for key in _names(others):
            if any(key not in held for held in dicts):
                yield Test(f"{key!r} not in {X}", 1, _without(key), Step("key", key))
        for key in _names(dicts, least=LEAST):
            if any(key not in held for held in others):
                yield Test(f"{key!r} in {X}", 2, _with(key), Step("key", key))
        return
    things = [v for v in failed if type(v) is Thing]
    for name in _common_fields([v for v in passed if type(v) is Thing]) if things else ():
        check, part = on(Thing, _lacks_field(name)), Step("field", name)
        yield Test(f"not hasattr({X}, {name!r})", 1.5, check, part)


def _common_fields(things: Sequence[Thing]) -> list[str]:
    return _names([dict.fromkeys(thing.names) for thing in things])


def _lacks_field(name: str) -> Callable[[Thing], bool]:
    return lambda thing: name not in thing.names


def _without(key: object) -> Callable[[Any], bool]:
    return lambda value: type(value) is dict and has_plain_keys(value) and key not in value


def _with(key: object) -> Callable[[Any], bool]:
    return lambda value: type(value) is dict and has_plain_keys(value) and key in value


def _names(dicts: Sequence[dict[Any, Any]], *, least: float = _MOSTLY) -> list[Any]:
    counts: dict[Any, int] = {}
    for held in dicts:
        for key in held:
            if is_any(key, _NAMES):
                counts[key] = counts.get(key, 0) + 1
    return [key for key, count in counts.items() if count >= least * len(dicts)][:200]


def atom_of(path: Path, test: Test, measure: Measure | None) -> Atom:
    """Return what *test* says of the value at *path*."""
    cost = test.cost + _LEVEL * (len(path) - 1 + (EACH in path))
    cost += _OTHER * (path[0] in (PREVIOUS, RUNNING)) + _LEVEL * (path[0].kind == "local")
    check = lifted(test.check) if EACH in path else test.check
    about = path if test.part is None else (*path, test.part)
    return Atom(
        written(path, test.text), cost, lambda record: check(reach(record, path)), (about,), measure
    )


def written(path: Path, text: str) -> str:
    """Return *text* with the value at *path* in its place."""
    if EACH in path:
        at = path.index(EACH)
        said = text.replace(X, expression(path[at:]))
        return f"any({said} for x in {expression(path[:at])})"
    said = text.replace(X, expression(path))
    return f"previous and {said}" if path[0] == PREVIOUS else said


def negation(atom: Atom) -> Atom:
    """Return the opposite of *atom*, also where its value is not there."""
    holds = atom.holds
    text = _opposite(atom.text)
    return Atom(text, atom.cost + 0.5, lambda record: not holds(record), atom.paths, negated=True)


def _opposite(text: str) -> str:
    simple = " and " not in text and "any(" not in text and " or " not in text
    if simple:
        for one, other in _PAIRS:
            left, found, right = text.partition(one)
            if found and one not in right:
                return left + other + right
    return f"not ({text})"


_PAIRS = (
    (" is not None", " is None"),
    (" is None", " is not None"),
    (" not in ", " in "),
    (" == ", " != "),
    (" != ", " == "),
)


def is_about_the_same(one: Candidate, other: Candidate) -> bool:
    """Tell whether each looks at a part of what the other looks at, or at the whole of it."""
    paths = [[path for atom in each.atoms for path in atom.paths] for each in (one, other)]
    return all(
        any(left[: len(right)] == right[: len(left)] for right in paths[1]) for left in paths[0]
    )


def ordered(left: Atom, right: Atom) -> tuple[Atom, Atom]:
    """Return two atoms in the order in which they read best: inputs, then context."""
    return (right, left) if _late(left) > _late(right) else (left, right)


def _late(atom: Atom) -> int:
    return atom.paths[0][0].kind != "input"


def paths_of(found: Candidate) -> tuple[str, ...]:
    """Return the inputs that *found* looks at, as Python."""
    paths = (path for atom in found.atoms for path in atom.paths)
    return tuple(dict.fromkeys(expression(path) for path in paths))
