"""Read a bundle into a run with one fault; nothing in it is believed, and nothing is loaded."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from ..model import Fault, Imported, Occurrence, Passing, Run
from ._bundle import Reader
from ._ids import fault_id, is_run_id
from ._rows import RowDamaged, fault_of, occurrence_of, passing_of, run_of

_LARGEST_NUMBER = 1_000_000
# Phrases on what was left out; there are as many reasons.
_PHRASES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a bundle holds."""

    run: Run
    """With the fault alone, and with the passing tasks that came along."""
    unknown: int = 0
    """Parts of a later mpdiag, left out."""

    @property
    def fault(self) -> Fault:
        """The fault that it is about."""
        return self.run.faults[0]


@dataclass(slots=True, kw_only=True)
class _Parts:
    """What has been read so far."""

    run: dict[str, Any] | None = None
    fault: dict[str, Any] | None = None
    tasks: dict[str, list[tuple[dict[str, Any], int | None]]] = field(
        default_factory=lambda: {"occurrence": [], "passing": []}
    )
    payloads: dict[int, list[bytes]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    unknown: int = 0


def read_bundle(file: BinaryIO, name: str) -> Bundle:
    """Return what the bundle in *file* holds; *name* is what messages call it.

    Raises:
        BundleError: a leaf of it, by what is wrong with it.
    """
    reader, parts = Reader(file, name), _Parts()
    try:
        for part in reader.parts():
            _sort_in(part, parts)
        return _joined(parts, reader.digest)
    except RowDamaged as problem:
        reader.refuse(f"is damaged: {problem}")


def _sort_in(part: dict[str, Any], parts: _Parts) -> None:
    value, number = part.get("value"), part.get("payload")
    if number is not None and type(number) is not int:
        raise RowDamaged("a payload without a number")
    match part.get("part"), value:
        case "run", dict() if parts.run is None:
            parts.run = value
        case "fault", dict() if parts.fault is None:
            parts.fault = value
        case ("occurrence" | "passing") as kind, dict():
            parts.tasks[kind].append((value, number))
        case "payload", None:
            _add_payload(part, parts)
        case "left out", list() if all(type(phrase) is str for phrase in value):
            parts.left_out = tuple(phrase[:200] for phrase in value[:_PHRASES])
        case ("run" | "fault" | "occurrence" | "passing" | "payload" | "left out") as kind, _:
            raise RowDamaged(f"{kind} comes twice, or has no value")
        case _:
            parts.unknown += 1


def _add_payload(part: dict[str, Any], parts: _Parts) -> None:
    number, text = part.get("number"), part.get("bytes")
    if type(number) is not int or type(text) is not str:
        raise RowDamaged("a payload without bytes")
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as problem:
        raise RowDamaged(f"a payload: {problem}") from problem
    parts.payloads.setdefault(number, []).append(raw)


def _joined(parts: _Parts, digest: str) -> Bundle:
    if parts.run is None or parts.fault is None or not parts.tasks["occurrence"]:
        raise RowDamaged("its run, its fault or its occurrences are missing")
    payloads = {number: b"".join(pieces) for number, pieces in parts.payloads.items()}
    first, *others = (
        occurrence_of(value, _payload(payloads, number))
        for value, number in parts.tasks["occurrence"]
    )
    passing = tuple(
        passing_of(value, _payload(payloads, number)) for value, number in parts.tasks["passing"]
    )
    run, fault = run_of(parts.run), fault_of(parts.fault, first, tuple(others))
    _check(run, fault, passing)
    imported = Imported(id=fault.id, at=time.time(), digest=digest, left_out=parts.left_out)
    run = replace(run, faults=(replace(fault, imported=imported),), passing=passing)
    return Bundle(run=run, unknown=parts.unknown)


def _payload(payloads: dict[int, bytes], number: int | None) -> bytes | None:
    if number is not None and number not in payloads:
        raise RowDamaged("a payload is missing")
    return None if number is None else payloads[number]


def _check(run: Run, fault: Fault, passing: tuple[Passing, ...]) -> None:
    """Check what the parts say of each other."""
    number = fault.id.rpartition(".")[2]
    known = number.isascii() and number.isdigit() and 0 < int(number[:9]) <= _LARGEST_NUMBER
    if not is_run_id(run.id) or not known or fault.id != fault_id(run.id, int(number[:9])):
        raise RowDamaged("its IDs are none")
    first = fault.first
    same = all(_is_like(one, first) for one in fault.others) and _is_like(fault, first)
    if fault.run != run.id or not same or fault.count <= len(fault.others):
        raise RowDamaged("its occurrences are not those of one fault")
    target = first.task.target if first.task is not None else None
    if any(sample.task.target != target for sample in passing):
        raise RowDamaged("its passing tasks are those of another target")


def _is_like(one: Occurrence | Fault, other: Occurrence) -> bool:
    return (one.kind, one.fingerprint) == (other.kind, other.fingerprint)
