"""What the source of a program tells of its troubles, before it runs."""

from __future__ import annotations

from collections.abc import Iterable

from ..hints import Advice, Source, method_chosen, read_source
from ..model import Seen, Trouble


def troubles_in(sources: Iterable[Source]) -> list[Trouble]:
    """Return what is seen in *sources*, file by file, in the order of the lines."""
    return [_trouble(one) for source in sources for one in read_source(source)]


def _trouble(advice: Advice) -> Trouble:
    (frame,) = advice.sight.frames
    return Trouble(
        hint=advice.hint.slug,
        fails=advice.hint.fails,
        seen=Seen.SOURCE,
        file=frame.file,
        line=frame.line,
        source=frame.source,
        what=advice.what,
        why=advice.why,
        change=advice.change,
    )


def asked_for(sources: Iterable[Source]) -> str:
    """Return the start method that the program names itself, and where; empty if none."""
    for source in sources:
        method, line = method_chosen(source)
        if method:
            return f"{method} ({source.file}:{line})"
    return ""
