"""A known trouble: how it is recognised, what it is, why it is so, and what to change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..model import Frame
from ._source import Source, Spot

# Characters of a message that a signature is sought in.  More: a message of megabytes stops the
# report.
MOST_TEXT = 4_000
# Parts of a path that are not the program's own code.
_LIBRARIES = ("/lib/python", "/site-packages/", "\\lib\\", "<frozen ", "<string>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One error as it was seen, in a run or in a log."""

    type: str = ""
    """Qualified name of the exception; empty for a line of a log that is none."""
    message: str = ""
    frames: tuple[Frame, ...] = ()
    """Outermost first."""
    start_method: str | None = None
    line: int = 0
    """Of the log, from 1; 0 where it comes from a run."""

    @property
    def says(self) -> str:
        """Type and message as Python prints them, cut where they are very long."""
        text = f"{self.type}: {self.message}" if self.type else self.message
        return text[:MOST_TEXT]

    @property
    def own(self) -> Frame | None:
        """The innermost frame of the program itself."""
        return next((one for one in reversed(self.frames) if is_own(one.file)), None)


Names = Mapping[str, str]
Find = Callable[[Sight], Names | None]
Read = Callable[[Source], Iterable[Spot]]


def unsaid(_: Sight) -> Names | None:
    """Recognise nothing: Python has no words for this trouble."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One trouble that is always the same; its texts may name what *find* found."""

    slug: str
    literal: str
    """What Python prints, by which people look for it; where it prints nothing, what they see."""
    find: Find = unsaid
    read: Read | None = None
    """How it is seen in the source of a program, before it happens."""
    fails: bool = False
    """Seen in a source, it fails or gives other results under spawn and forkserver."""
    what: str
    why: str
    change: str
    untold: str = ""
    """What a log cannot tell about it, and a run under mpdiag does."""
    is_wide: bool = False
    """Follows from many troubles: told only where nothing else is known of the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A hint with the names of the program in it."""

    hint: Hint
    sight: Sight
    names: Names = field(default_factory=dict)

    @property
    def what(self) -> str:
        """What it is, in one line."""
        return self._filled(self.hint.what)

    @property
    def why(self) -> str:
        """Why it is so, in one line."""
        return self._filled(self.hint.why)

    @property
    def change(self) -> str:
        """What to change, in one line."""
        return self._filled(self.hint.change)

    def _filled(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda match: self.names.get(match[1]) or match[1], text)


def is_own(file: str) -> bool:
    """Whether *file* belongs to the program and not to a library."""
    return bool(file) and not any(part in file for part in _LIBRARIES)


def says(pattern: str, *, inside: str = "", last: str = "", start: tuple[str, ...] = ()) -> Find:
    """Recognise an error by ``type: message``, and by where it was raised.

    Args:
        pattern: a regular expression; its named groups become names.
        inside: one that a frame, as ``path:function``, must contain.
        last: one that the innermost frame must contain.
        start: the start method must be one of these, where it is known.
    """
    sought, among, innermost = re.compile(pattern), re.compile(inside), re.compile(last)

    def find(sight: Sight) -> Names | None:
        if (inside or last) and not sight.frames:  # most lines of a log
            return None
        if start and sight.start_method not in {None, *start}:
            return None
        places = [f"{one.file}:{one.function}".replace("\\", "/") for one in sight.frames]
        if inside and not any(map(among.search, places)):
            return None
        if last and not innermost.search(places[-1]):
            return None
        found = sought.search(sight.says)
        return {**common(sight), **_groups(found)} if found else None

    return find


def either(*finds: Find) -> Find:
    """Recognise what any of *finds* does, in their order."""

    def find(sight: Sight) -> Names | None:
        return next((names for one in finds if (names := one(sight)) is not None), None)

    return find


def common(sight: Sight) -> dict[str, str]:
    """Return the names that every hint may use: ``function``, ``source``, ``type``."""
    own = sight.own
    return {
        "function": own.function if own is not None else "the function",
        "source": own.source.strip() if own is not None else "the line",
        "type": sight.type.rpartition(".")[2],
    }


def _groups(found: re.Match[str]) -> dict[str, str]:
    return {name: text for name, text in found.groupdict().items() if text}
