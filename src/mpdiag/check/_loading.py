"""Have a fresh interpreter load what the program sent: its deaths and its waits are answers too."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model import ending_words
from ..replay import in_fresh_python
from ._child import ANSWERS, REQUEST
from ._crossings import Crossing, Part

# Seconds for one interpreter: to import the program and load all that it sent.  Fewer: a program
# that imports large libraries on a busy machine is told not to load.
PATIENCE = 60.0
# Interpreters that are started after one died, or did not come to an end, on what it loaded.
MOST_AGAIN = 3
_CODE = "from mpdiag.check import load_crossings; load_crossings({folder!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What did not go well in the fresh interpreter."""

    error: tuple[str, str]
    frames: tuple[tuple[str, int, str], ...] = ()
    crossing: Crossing | None = None
    """None: the program itself could not be imported."""
    part: Part | None = None
    died: bool = False
    """It ended the interpreter, or took too long."""


def load_all(crossings: list[Crossing], environ: Mapping[str, str]) -> list[Refusal]:
    """Return what of *crossings* does not load where the program was imported as by a worker."""
    homes = {one.home: None for one in crossings if one.home}
    return [
        refusal
        for home in homes
        for refusal in _load(home, [one for one in crossings if one.home == home], environ)
    ]


def _load(home: str, crossings: list[Crossing], environ: Mapping[str, str]) -> Iterator[Refusal]:
    parts = [(one, part) for one in crossings for part in one.parts if part.raw]
    begin = 0
    for _ in range(1 + MOST_AGAIN):
        request = {
            "home": json.loads(home),
            "parts": [(at, parts[at][1].raw) for at in range(begin, len(parts))],
        }
        answers, ending = _ask(request, environ)
        yield from _refusals(answers, parts)
        steps = [one["step"] for one in answers]
        if steps[-1:] == ["done"] or steps == ["import", "failed"]:
            return
        if "load" not in steps:
            yield Refusal(error=("", f"the import of the program {ending}"), died=True)
            return
        begin = next(one["part"] for one in reversed(answers) if "part" in one)
        crossing, part = parts[begin]
        error = ("", f"loading it {ending}")
        yield Refusal(error=error, crossing=crossing, part=part, died=True)
        begin += 1


def _ask(request: object, environ: Mapping[str, str]) -> tuple[list[dict[str, Any]], str]:
    """Return what an interpreter answered, and how it ended if that was no answer."""
    with tempfile.TemporaryDirectory(prefix="mpdiag-check-") as name:
        folder = Path(name)
        (folder / REQUEST).write_text(json.dumps(request), "utf-8")
        code, overdue = in_fresh_python(_CODE.format(folder=name), environ, deadline=PATIENCE)
        ending = f"took more than {PATIENCE:.0f} s" if overdue else f"ended in {ending_words(code)}"
        try:
            lines = (folder / ANSWERS).read_text("utf-8").splitlines()
        except OSError:
            lines = []
    return [json.loads(line) for line in lines if line.endswith("}")], ending


def _refusals(
    answers: list[dict[str, Any]], parts: list[tuple[Crossing, Part]]
) -> Iterator[Refusal]:
    at: int | None = None
    for one in answers:
        at = one.get("part", at)
        if one["step"] == "failed":
            crossing, part = parts[at] if at is not None else (None, None)
            yield Refusal(
                error=(one["error"][0], one["error"][1]),
                frames=tuple((file, line, name) for file, line, name in one["frames"]),
                crossing=crossing,
                part=part,
            )
