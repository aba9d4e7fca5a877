"""What the processes of a run told of the things that they sent: read from their spools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A target or one input, on its way to another process."""

    name: str
    raw: str = ""
    """Its pickle in base64; empty where there is none, or it is too large to be kept."""
    error: tuple[str, str] | None = None
    """Type and message of what pickling it raised."""
    path: str = ""
    """What in it cannot be pickled, in words."""
    large: int = 0
    """Bytes of its pickle, where that was too large to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One kind of thing that a process of the program sent to another."""

    kind: str
    """``task``, ``process``, ``initializer``, ``result`` or ``item``."""
    label: str
    name: str
    """Of the target."""
    file: str = ""
    line: int = 0
    parts: tuple[Part, ...] = ()
    home: str = ""
    """What a spawned child would be told of its parent, as JSON; empty if it may have none."""

    def subject(self, part: Part) -> str:
        """Return which *part* it is, in words."""
        short = self.name.rpartition(".")[2] or "the task"
        if self.kind == "result":
            return f"the result of {short}"
        if self.kind == "item":
            return f"an item of {self.label}"
        what = f"{short}, the target" if part.name == "target" else f"{part.name} of {short}"
        return f"{what} ({self.label})"


def crossings_in(folder: Path) -> tuple[list[Crossing], list[str]]:
    """Return what the spools in *folder* tell, and what they say is missing."""
    found: dict[tuple[object, ...], Crossing] = {}
    limits: set[str] = set()
    for path in sorted(folder.glob("*.spool")):
        for told in _lines(path):
            if told.get("full"):
                limits.add(f"what a process sent after {told['full']} kinds of objects")
            elif told.get("parts"):
                one = _crossing(told)
                shape = tuple((part.name, part.raw, part.error) for part in one.parts)
                found.setdefault((one.kind, one.name, one.file, one.line, shape), one)
    return list(found.values()), sorted(limits)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the envelopes of a spool that are of a crossing; its last line may be cut."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("type") == "crossing":
            yield told


def _crossing(told: dict[str, Any]) -> Crossing:
    file, line = told["place"] or ("", 0)
    return Crossing(
        kind=told["kind"],
        label=told["label"],
        name=told["name"],
        file=file,
        line=line,
        parts=tuple(
            Part(
                name=one["name"],
                raw=one["raw"],
                error=tuple(one["error"]) if one["error"] else None,
                path=one["path"],
                large=one["large"],
            )
            for one in told["parts"]
        ),
        home=json.dumps(told["home"]) if told["home"] else "",
    )
