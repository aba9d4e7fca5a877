"""What the run of a program and the loading of what it sent came to, as troubles."""

from __future__ import annotations

import os
from collections.abc import Iterable
from linecache import getline
from pathlib import Path

from ..hints import Sight, advise, is_own
from ..model import Frame, Seen, Trouble
from ._crossings import Crossing, Part
from ._loading import Refusal

# Errors of what the program has given up by the time when it is loaded: a file, a server.
_PASSING = ("OSError", "EOFError", "FileNotFoundError", "ConnectionRefusedError", "BrokenPipeError")
_PACKAGE = str(Path(__file__).parents[1])
_WORDS = {
    Seen.SEND: (
        "it cannot be pickled",
        "what goes to a process that is no fork, and each task and result, is pickled",
        "hand over plain data, and open files, locks and connections in the worker",
    ),
    Seen.LOAD: (
        "it pickles, and does not load in a worker that is no fork",
        "such a worker has what the modules of the program define at their import, and no more",
        "define what it needs at the top of a module, or give its class a __reduce__ that works",
    ),
    Seen.IMPORT: (
        "the program cannot be imported by a worker",
        "under spawn and forkserver each worker imports it, up to what stands below its main guard",
        'put what only the program itself may do below if __name__ == "__main__":',
    ),
}


def unsent(crossings: Iterable[Crossing]) -> list[Trouble]:
    """Return what of *crossings* could not be pickled."""
    return [
        _trouble(Seen.SEND, part.error, one, part)
        for one in crossings
        for part in one.parts
        if part.error is not None
    ]


def untried(crossings: Iterable[Crossing]) -> list[str]:
    """Return what of *crossings* was too large to be loaded."""
    return [
        f"whether {one.subject(part)} loads: its pickle has {part.large:,} bytes"
        for one in crossings
        for part in one.parts
        if part.large
    ]


def unloaded(refusals: Iterable[Refusal]) -> tuple[list[Trouble], list[str]]:
    """Return what did not load, and what of it may be due to the time at which it was tried."""
    found, limits = [], []
    for one in refusals:
        if one.crossing is None or one.part is None:
            found.append(_not_imported(one))
        elif one.error[0] in _PASSING:
            what = one.crossing.subject(one.part)
            limits.append(f"whether {what} loads: {': '.join(one.error)}, after the program's end")
        else:
            found.append(_trouble(Seen.LOAD, one.error, one.crossing, one.part))
    return found, limits


def _not_imported(refusal: Refusal) -> Trouble:
    frames = [one for one in refusal.frames if is_own(one[0]) and not one[0].startswith(_PACKAGE)]
    file, line, _ = frames[0] if frames else ("", 0, "")
    return _trouble(
        Seen.IMPORT, refusal.error, Crossing(kind="", label="", name="", file=file, line=line)
    )


def _trouble(
    seen: Seen, error: tuple[str, str], crossing: Crossing, part: Part | None = None
) -> Trouble:
    text = " ".join(error[1].split()).replace("__mp_main__", "__main__")
    said = ": ".join(filter(None, (error[0], text)))
    kind, _, message = said.partition(": ") if error[0] else ("", "", said)
    source = getline(crossing.file, crossing.line).strip() if crossing.line else ""
    own = Frame(
        file=crossing.file,
        line=crossing.line,
        function=crossing.name.rpartition(".")[2] or "<module>",
        source=source,
    )
    # by which a hint knows that it happened as a worker started
    at_start = Frame(file="multiprocessing/spawn.py", line=0, function="_main")
    frames = (own,) if seen is Seen.SEND else (at_start, own)
    method = None if seen is Seen.SEND else "spawn"
    advice = advise(Sight(type=kind, message=message, frames=frames, start_method=method))
    what, why, change = _WORDS[seen]
    if advice is not None and not advice.hint.is_wide:
        what, why, change = advice.what, advice.why, advice.change
    return Trouble(
        hint=advice.hint.slug if advice is not None else "",
        fails=True,
        seen=seen,
        file=from_here(crossing.file),
        line=crossing.line,
        source=source,
        subject=crossing.subject(part) if part is not None else "",
        path=part.path if part is not None else "",
        error=said,
        what=what,
        why=why,
        change=change,
    )


def from_here(file: str) -> str:
    """Return *file* from this folder, if it stands below it."""
    here = str(Path.cwd()) + os.sep
    return file.removeprefix(here)


def together(troubles: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """Return *troubles*, each once: what was tried says more than what was read at its line."""
    found: dict[tuple[str, str, int, str], Trouble] = {}
    tried = {(one.hint, one.file, one.line) for one in troubles if one.seen is not Seen.SOURCE}
    read = {(one.hint, one.file, one.line) for one in troubles if one.seen is Seen.SOURCE}
    for one in troubles:
        place = (one.file, one.line)
        is_said = one.seen is Seen.SOURCE and (one.hint, *place) in tried
        # what the import of a program meets there has a name of its own in the source
        is_read = one.seen is Seen.IMPORT and ("pool-of-module", *place) in read
        if not is_said and not is_read:
            found.setdefault((one.hint or one.error, one.file, one.line, one.subject), one)
    return tuple(sorted(found.values(), key=lambda one: (one.file, one.line)))
