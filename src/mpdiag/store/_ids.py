"""The IDs of runs, faults and occurrences: made, and read from what a user types.

``k7f2`` is a run, ``k7f2.1`` its first fault, ``k7f2.1#3`` the third occurrence that was kept.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from ..errors import MpdiagError, NoSuchFault
from ..model import FaultId, RunId
from ._place import FILE

# No i, l, o, u: what is read aloud or typed from paper stays the same ID.
_LETTERS = "abcdefghjkmnpqrstvwxyz"
_ALPHABET = "0123456789" + _LETTERS
_SHORTEST = 4
# Draws before IDs grow by a character.  Fewer: they grow early; more: a full store is slow.
_DRAWS = 32
_RUN = re.compile(r"(?=[0-9]*[a-z])[0-9a-z]{4,32}")
_TEXT = re.compile(
    r"(?:(?P<run>(?=[0-9]*[a-z])[0-9a-z]{4,})(?:\.(?P<number>[0-9]+))?|(?P<bare>[0-9]+))"
    r"(?:#(?P<occurrence>[0-9]+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a user typed to name a fault."""

    run: RunId | None = None
    """None: the newest."""
    number: int | None = None
    """None: the only one of its run."""
    occurrence: int | None = None


def parse_reference(text: str) -> Reference:
    """Return what *text* names, such as ``k7f2.1``, ``1``, ``k7f2`` or ``k7f2.1#3``.

    Raises:
        NoSuchFault: *text* does not have the form of an ID.
    """
    found = _TEXT.fullmatch(text.strip().lower())
    if found is None:
        raise NoSuchFault(f"{text!r} is not the ID of a fault; IDs look like k7f2.1")
    number = found["number"] or found["bare"]
    return Reference(
        run=RunId(found["run"]) if found["run"] else None,
        number=int(number) if number else None,
        occurrence=int(found["occurrence"]) if found["occurrence"] else None,
    )


def is_run_id(text: object) -> bool:
    """Return whether *text*, which a stranger may have written, has the form of a run's ID."""
    return isinstance(text, str) and _RUN.fullmatch(text) is not None


def fault_id(run: RunId, number: int) -> FaultId:
    """Return the ID of the fault with this number."""
    return FaultId(f"{run}.{number}")


def number_of(fault: FaultId) -> int:
    """Return the number of a fault within its run."""
    return int(fault.rpartition(".")[2])


def new_run_id(folder: Path) -> RunId:
    """Return an ID that the store in *folder* has never held.

    Nothing is written, for most runs have nothing to say: two runs may draw the same one.
    Whoever makes the folder of a run sees that, and draws again; `Store.save` sees it, too.
    """
    return draw(_used(folder))


def draw(used: Container[str]) -> RunId:
    """Return a random ID that is not in *used*; the more there are, the longer it gets.

    It has a digit and a letter, so that it is neither a number nor a word.
    """
    length = _SHORTEST
    while True:
        for _ in range(_DRAWS):
            text = "".join(secrets.choice(_ALPHABET) for _ in range(length))
            if not text.isdigit() and not text.isalpha() and text not in used:
                return RunId(text)
        length += 1


def _used(folder: Path) -> Container[str]:
    """Return the IDs in the store; none if it cannot be read, for the run must not suffer."""
    try:
        (folder / FILE).stat()
        from ._database import reading  # keeps sqlite3 out of runs that have no store yet

        with reading(folder, deadline=0.5) as connection:
            return {row[0] for row in connection.execute("SELECT id FROM used_id")}
    except (MpdiagError, OSError):
        return ()
