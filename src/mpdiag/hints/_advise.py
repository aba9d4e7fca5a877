"""Find the hint that fits: for one error, for all of a log, and for a program not yet run."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from ..model import Frame
from ._hint import Advice, Hint, Sight, common
from ._source import Source, Spot
from ._table import HINTS


def advise(sight: Sight) -> Advice | None:
    """Return the first hint of the table that knows *sight*; it stands before the wider ones."""
    for hint in HINTS:
        names = hint.find(sight)
        if names is not None:
            return Advice(hint=hint, sight=sight, names=names)
    return None


def advice_on(sights: Iterable[Sight]) -> list[Advice]:
    """Return what is known of *sights*, each trouble once: where it was seen with most frames.

    The same error stands in a log several times: in the worker's words and in the caller's.
    """
    best: dict[str, Advice] = {}
    for sight in sights:
        advice = advise(sight)
        if advice is None:
            continue
        known = best.get(advice.hint.slug)
        if known is None or len(sight.frames) > len(known.sight.frames):
            best[advice.hint.slug] = advice
    narrow = [one for one in best.values() if not one.hint.is_wide]
    return narrow or list(best.values())


def read_source(source: Source) -> list[Advice]:
    """Return what the table sees in a program before it runs, in the order of its lines."""
    found = {
        (advice.hint.slug, advice.sight.line): advice
        for hint in HINTS
        if hint.read is not None
        for spot in hint.read(source)
        for advice in [_in_source(hint, source, spot)]
    }
    return sorted(found.values(), key=lambda one: one.sight.line)


def _in_source(hint: Hint, source: Source, spot: Spot) -> Advice:
    text = source.lines[spot.line - 1].strip() if spot.line <= len(source.lines) else ""
    frame = Frame(file=source.file, line=spot.line, function="", source=text)
    sight = Sight(frames=(frame,), line=spot.line)
    return Advice(hint=hint, sight=sight, names={**common(sight), **spot.names})


def command_of(sights: Iterable[Sight]) -> str:
    """Return the ``mpdiag run`` line for the program whose log it is, as far as that is told."""
    for sight in sights:
        frames = [one for one in sight.frames if one.function == "<module>"]
        if frames and not frames[0].file.startswith("<"):
            is_module = any("runpy" in one.file for one in sight.frames[:1])
            return f"mpdiag run {'-m ' if is_module else ''}{shlex.quote(frames[0].file)}"
        started = [one for one in sight.frames if "runpy" in one.file]
        own = sight.own
        if started and own is not None:
            return f"mpdiag run {shlex.quote(own.file)}"
    return "mpdiag run script.py"
