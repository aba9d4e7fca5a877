"""Which of the reported exceptions ended the program."""

from __future__ import annotations

from collections.abc import Iterator

from ..worker import NOTE, post


def tell_end(error: BaseException) -> None:
    """Send the notes that *error*, its chain and its group carry."""
    notes = [
        note
        for link in chain(error)
        for note in getattr(link, "__notes__", ())
        if isinstance(note, str) and note.startswith(NOTE)
    ]
    if notes:
        post({"v": 1, "type": "outcome", "notes": notes, "error": type(error).__qualname__})


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield *error*, what caused it, and the members of groups; each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < 1000:  # noqa: PLR2004 - a chain may be a circle
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [x for x in (link.__cause__, link.__context__) if x is not None]
        members = getattr(link, "exceptions", ())
        waiting += [x for x in members if isinstance(x, BaseException)]
