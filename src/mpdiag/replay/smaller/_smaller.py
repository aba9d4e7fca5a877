"""Which smaller inputs to try next; pure: what a trial came to is sent in by whoever makes it.

Every trial keeps the types: a value is emptied, made shorter, lowered, or takes the place of one
around it.  A key that was missed in a trial says what is needed, and saves the search for it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from enum import Enum
from numbers import Integral, Real
from typing import Any, NamedTuple, TypeVar

from ._empty import empty, hollow, is_empty, is_numpy_scalar, is_odd, simpler
from ._parts import Path, at, axes, parts, put, size_of
from ._search import (
    Search,
    fewest,
    furthest,
    lowest,
    lowest_float,
    most,
    shortest,
)

T = TypeVar("T")
# Parts that are looked at one by one.  More: of a long list each item takes calls of its own.
_MOST_PARTS = 40
# Steps down a nested value.
_MOST_STEPS = 2000
# Characters of a text that are simplified, and numbers that are lowered together.
_MOST_CHARACTERS, _MOST_NUMBERS = 24, 6
_ROUNDS = 5


class Arguments(NamedTuple):
    """The inputs of a call; its parts are the way to each of them."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Tried(NamedTuple):
    """What a trial came to."""

    same: bool
    """The fault came back."""
    missing: str = ""
    """The key that was looked up in vain instead, as ``repr()`` gives it."""


Trials = Generator[Arguments, Tried, T]
_NOT = Tried(same=False)


class Smaller:
    """The search for the smallest inputs; *best* is the smallest so far."""

    def __init__(
        self,
        best: Arguments,
        *,
        droppable: frozenset[str] = frozenset(),
        needed: int | None = None,
    ) -> None:
        """Of the inputs by name *droppable* may be left out, and those beyond *needed* places."""
        self.best = best
        self._droppable = droppable
        self._needed = len(best.args) if needed is None else needed

    def trials(self) -> Trials[None]:
        """Yield what to try, and be sent what it came to."""
        yield from self._all_at_once()
        for _ in range(_ROUNDS):
            before = self.best
            yield from self._each()
            yield from self._together()
            yield from self._once_more()
            if self.best is before:
                return

    def _all_at_once(self) -> Trials[None]:
        args, kwargs = self.best
        bare = Arguments(
            args[: self._needed],
            {name: one for name, one in kwargs.items() if name not in self._droppable},
        )
        for one in (_changed(bare, empty), _changed(bare, hollow), bare):
            if (yield from self._try(one)).same:
                return
        for name in self._droppable & kwargs.keys():
            rest = {key: one for key, one in self.best.kwargs.items() if key != name}
            yield from self._try(self.best._replace(kwargs=rest))

    def _try(self, candidate: Arguments) -> Trials[Tried]:
        tried = yield candidate
        if tried.same:
            self.best = candidate
        return tried

    def _put(self, new: Mapping[Path, Callable[[Any], Any]]) -> Trials[Tried]:
        """Try the best with other values in some places."""
        candidate = self.best
        try:
            for path, change in new.items():
                candidate = put(candidate, path, change(at(candidate, path)))
        except Exception:  # a class of the user does not let itself be copied
            return _NOT
        return (yield from self._try(candidate))

    def _search(
        self, paths: Sequence[Path], search: Search[T, Any], value: Callable[[T], Any]
    ) -> Trials[None]:
        """Follow *search*, each trial of it in all of these places."""
        try:
            trial = next(search)
            while True:
                new = _always(value, trial)
                tried = yield from self._put(dict.fromkeys(paths, new))
                trial = search.send(tried.same)
        except StopIteration:
            pass

    def _each(self) -> Trials[None]:
        """Make each value smaller, the largest first; what is needed of it is opened."""
        roots = _roots(self.best)
        yield from self._settle(roots)
        pending = roots
        while pending:
            pending.sort(key=lambda path: size_of(at(self.best, path)))
            path = pending.pop()
            value = at(self.best, path)
            if is_empty(value) or (yield from self._put({path: empty})).same:
                continue
            yield from self._one(path, value)
            pending += _inside(self.best, path)

    def _settle(self, paths: Sequence[Path]) -> Trials[None]:
        """Empty as many of these values as can be, in halves."""
        full = [path for path in paths if not is_empty(at(self.best, path))]
        search = most(range(len(full)))
        try:
            places = next(search)
            while True:
                tried = yield from self._put({full[place]: empty for place in places})
                places = search.send(tried.same)
        except StopIteration:
            pass

    def _one(self, path: Path, value: Any) -> Trials[None]:
        opened = parts(value)
        if opened is not None:
            yield from self._put({path: hollow})
        if isinstance(value, dict):
            yield from self._keys(path)
        else:
            if opened is not None:
                yield from self._hoist(path)
            for number in range(len(axes(at(self.best, path)))):
                yield from self._shorten(path, number)
        opened = parts(at(self.best, path))
        if opened is None:
            yield from self._leaf([path], at(self.best, path))
        elif opened.fixed and len(opened.values) <= _MOST_PARTS:
            yield from self._settle([(*path, i) for i in range(len(opened.values))])

    def _keys(self, path: Path) -> Trials[None]:
        """Leave out keys: with none at first, and those that are missed one after the other."""
        value = at(self.best, path)
        (axis,) = axes(value)
        names = [repr(key) for key in value]
        kept: list[int] = []
        while len(kept) < len(names):
            tried = yield from self._put({path: _always(axis.only, kept)})
            if tried.same:
                return
            missed = names.index(tried.missing) if tried.missing in names else None
            if missed is None or missed in kept:
                break
            kept.append(missed)
        rest = [place for place in range(len(names)) if place not in kept]
        yield from self._search([path], fewest(rest, before=sorted(kept)), axis.only)

    def _hoist(self, path: Path) -> Trials[None]:
        """Put a value that stands further in, of the same type, in place of the one around it."""
        chain = list(_chain(at(self.best, path)))
        yield from self._search([path], furthest(len(chain) - 1), chain.__getitem__)

    def _shorten(self, path: Path, number: int) -> Trials[None]:
        axis = axes(at(self.best, path))[number]
        value = at(self.best, path)
        if isinstance(value, str) and not value.isascii():
            odd = [place for place, one in enumerate(value) if not one.isascii()]
            if (
                len(odd) < len(value)
                and (yield from self._put({path: _always(axis.only, odd)})).same
            ):
                axis = axes(at(self.best, path))[number]
        yield from self._search([path], shortest(axis.length), axis.only)

    def _leaf(self, paths: Sequence[Path], value: Any) -> Trials[None]:
        """Lower a number, simplify a text; in all of these places."""
        if isinstance(value, (bool, Enum)) or is_odd(value):
            yield from self._first_of(paths, value)
        elif isinstance(value, Integral):
            yield from self._search(paths, lowest(int(value)), _like(value, int))
        elif isinstance(value, float) or (is_numpy_scalar(value) and isinstance(value, Real)):
            search = lowest_float(float(value))
            yield from self._search(paths, search, _like(value, float))
        elif isinstance(value, str) and len(value) <= _MOST_CHARACTERS:
            places = [i for i, one in enumerate(value) if one != _plain(one)]
            yield from self._search(paths, most(places), lambda found: _plainer(value, found))
        else:
            yield from self._first_of(paths, value)

    def _first_of(self, paths: Sequence[Path], value: Any) -> Trials[None]:
        for one in simpler(value):
            if (yield from self._put(dict.fromkeys(paths, _always(_itself, one)))).same:
                return

    def _together(self) -> Trials[None]:
        """Make equal values smaller together, and lower two numbers by the same."""
        leaves = [path for path in _leaves(self.best) if not is_empty(at(self.best, path))]
        groups: dict[tuple[type, object], list[Path]] = {}
        for path in leaves:
            value = at(self.best, path)
            if type(value) in {int, str, float}:
                groups.setdefault((type(value), value), []).append(path)
        for (_, value), paths in groups.items():
            if len(paths) > 1 and not (yield from self._put(dict.fromkeys(paths, empty))).same:
                yield from self._leaf(paths, value)
        numbers = [path for path in leaves if type(at(self.best, path)) is int][:_MOST_NUMBERS]
        for place, first in enumerate(numbers):
            for second in numbers[place + 1 :]:
                yield from self._lower(first, second)

    def _lower(self, first: Path, second: Path) -> Trials[None]:
        one, other = at(self.best, first), at(self.best, second)
        if one * other <= 0:
            return
        sign, room = (1 if one > 0 else -1), min(abs(one), abs(other))

        def by(number: int) -> Callable[[int], int]:
            return lambda value: value - sign * number

        if not (yield from self._put(dict.fromkeys((first, second), by(room)))).same:
            search = furthest(room - 1)
            try:
                number = next(search)
                while True:
                    new = {first: _always(by(number), one), second: _always(by(number), other)}
                    number = search.send((yield from self._put(new)).same)
            except StopIteration:
                pass

    def _once_more(self) -> Trials[None]:
        """Try again what was needed before other values became smaller."""
        for path in list(_leaves(self.best))[:_MOST_PARTS]:
            if not is_empty(at(self.best, path)):
                yield from self._put({path: empty})


def _always(value: Callable[[T], Any], trial: T) -> Callable[[Any], Any]:
    """Return a change to what *value* makes of *trial*, whatever stood there."""
    return lambda _: value(trial)


def _like(value: Any, plain: Any) -> Callable[[Any], Any]:
    """Return what makes a number of the type of *value*, without code of its class."""
    kind = type(value)
    return kind if is_numpy_scalar(value) else lambda number: plain.__new__(kind, number)


def _itself(value: T) -> T:
    return value


def _changed(inputs: Arguments, change: Callable[[Any], Any]) -> Arguments:
    return Arguments(
        tuple(change(one) for one in inputs.args),
        {name: change(one) for name, one in inputs.kwargs.items()},
    )


def _roots(inputs: Arguments) -> list[Path]:
    args: list[Path] = [(0, number) for number in range(len(inputs.args))]
    return args + [(1, number) for number in range(len(inputs.kwargs))]


def _inside(value: Any, path: Path) -> list[Path]:
    """Return the ways to the parts at *path*; of values that hold one alike, to the innermost."""
    opened = parts(at(value, path))
    if opened is None or len(opened.values) > _MOST_PARTS:
        return []
    found = []
    for number, one in enumerate(opened.values):
        inner, way = one, (*path, number)
        while (alone := _alone_in(inner)) is not None:
            inner, way = alone, (*way, 0)
        found.append(way)
    return found


def _alone_in(value: Any) -> Any:
    """Return the only item of a value, if it is of the same type."""
    opened = parts(value)
    if opened is None or opened.fixed or len(opened.values) != 1:
        return None
    return opened.values[0] if type(opened.values[0]) is type(value) else None


def _leaves(value: Any) -> Iterator[Path]:
    pending: list[Path] = [()]
    while pending:
        path = pending.pop()
        opened = parts(at(value, path))
        if opened is None:
            yield path
        elif len(opened.values) <= _MOST_PARTS:
            pending += [(*path, number) for number in reversed(range(len(opened.values)))]


def _chain(value: Any) -> Iterator[Any]:
    """Yield *value* and the values of its type within it, each within the one before."""
    yield value
    one, steps = value, 0
    while (opened := parts(one)) is not None and opened.values and steps < _MOST_STEPS:
        steps += 1
        alike = [inner for inner in opened.values if type(inner) is type(value)]
        one = max(alike or opened.values, key=_extent)
        if alike:
            yield one


def _extent(value: Any) -> int:
    return size_of(value, 5000)


def _plain(character: str) -> str:
    return "0" if character.isdecimal() else "a"


def _plainer(text: str, places: Sequence[int]) -> str:
    found = set(places)
    return "".join(_plain(one) if i in found else one for i, one in enumerate(text))
