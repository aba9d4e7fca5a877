"""Occurrences and passing tasks as rows: text for what is shown, bytes beside it for replay."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from ..model import (
    Crash,
    Failure,
    Fault,
    Hang,
    Occurrence,
    Passing,
    Run,
    from_plain,
    misfit,
    to_plain,
)

_CUT = "... (cut)"
T = TypeVar("T", bound=Occurrence | Passing)


class RowDamaged(ValueError):
    """A row does not hold what its table says; told to the user as a damaged store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value on its way into the store."""

    body: str
    payload: bytes | None = None
    too_large: bool = False
    """The bytes of its inputs, or a text in it, were above the limit of a value."""

    @property
    def digest(self) -> bytes | None:
        """Equal for equal payloads."""
        return self.payload and hashlib.blake2b(self.payload, digest_size=16).digest()


def pack(value: Occurrence | Passing, value_bytes: int) -> Row:
    """Return *value* as a row, its inputs as text only where they are above *value_bytes*."""
    payload = value.inputs.encoded
    bare = _with_payload(value, None)
    if payload is not None and len(payload) > value_bytes:
        return replace(pack(as_text(value), value_bytes), too_large=True)
    body = _dumps(to_plain(bare))
    if len(body) <= value_bytes:
        return Row(body=body, payload=payload)
    cut = _dumps(_shortened(to_plain(bare), value_bytes))
    return Row(body=cut, payload=payload, too_large=cut != body)


def as_text(value: T) -> T:
    """Return *value* without the bytes of its inputs."""
    bare = replace(
        value, inputs=replace(value.inputs, encoded=None, callee=None, encoding="text", offset=None)
    )
    return (
        bare if isinstance(bare, Passing | Hang) else _without_others(replace(bare, history=None))
    )


def _without_others(value: T) -> T:
    """Return *value* without the inputs of the tasks before it and beside it."""
    if isinstance(value, Failure):
        return replace(value, previous=None, running=None)
    return value


def unpack_occurrence(body: str, payload: bytes | None) -> Occurrence:
    """Return the occurrence that a row was made from."""
    return occurrence_of(_loads(body), payload)


def occurrence_of(plain: object, payload: bytes | None) -> Occurrence:
    """Return the occurrence that *plain* was made from."""
    found = _built(Occurrence, plain)
    if not isinstance(found, (Failure, Crash, Hang)):
        raise RowDamaged("not an occurrence")
    return _with_payload(found, payload)


def unpack_passing(body: str, payload: bytes | None) -> Passing:
    """Return the passing task that a row was made from."""
    return passing_of(_loads(body), payload)


def passing_of(plain: object, payload: bytes | None) -> Passing:
    """Return the passing task that *plain* was made from."""
    return _with_payload(cast("Passing", _built(Passing, plain)), payload)


def pack_run(run: Run) -> str:
    """Return the head of a run: all but its faults and passing tasks."""
    return _dumps(to_plain(replace(run, faults=(), passing=())))


def unpack_run(head: str) -> Run:
    """Return a run without faults from its head."""
    return run_of(_loads(head))


def run_of(plain: object) -> Run:
    """Return the run without faults that *plain* was made from."""
    found = cast("Run", _built(Run, plain))
    return replace(found, faults=(), passing=())


def pack_fault(fault: Fault) -> str:
    """Return the head of a fault: all but its occurrences."""
    return _dumps(plain_fault(fault))


def plain_fault(fault: Fault) -> dict[str, Any]:
    """Return what is said of a fault beside its occurrences."""
    plain: dict[str, Any] = to_plain(replace(fault, others=(), first=as_text(fault.first)))
    del plain["first"]
    return plain


def unpack_fault(head: str, first: Occurrence, others: tuple[Occurrence, ...] = ()) -> Fault:
    """Return the fault that a head and its occurrences were made from."""
    return fault_of(_loads(head), first, others)


def fault_of(plain: dict[str, Any], first: Occurrence, others: tuple[Occurrence, ...]) -> Fault:
    """Return the fault that *plain* was made from, with its occurrences."""
    found = cast("Fault", _made(Fault, {**plain, "first": None, "others": []}))
    _check(Fault, replace(found, first=first))
    return replace(found, first=first, others=others)


def _with_payload(value: T, payload: bytes | None) -> T:
    if not isinstance(payload, bytes | None):
        raise RowDamaged("a payload that is no bytes")
    return replace(value, inputs=replace(value.inputs, encoded=payload))


def column_text(text: str) -> str:
    """Return *text* as SQLite can hold it: without lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()


def _dumps(plain: object) -> str:
    # ASCII only: a lone surrogate in a user's text is not allowed in SQLite's UTF-8.
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=True)


def _loads(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError) as problem:
        raise RowDamaged(str(problem)) from problem
    if not isinstance(found, dict):
        raise RowDamaged("not an object")
    return found


def _built(kind: object, plain: object) -> object:
    """Return the value of *kind*; the row may be damaged, or a stranger's."""
    found = _made(kind, plain)
    _check(kind, found)
    return found


def _made(kind: object, plain: object) -> object:
    try:
        return from_plain(cast("type[object]", kind), plain)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as problem:
        raise RowDamaged(f"{type(problem).__name__}: {problem}") from problem


def _check(kind: object, value: object) -> None:
    wrong = misfit(kind, value)
    if wrong:
        raise RowDamaged(wrong)


def _shortened(plain: Any, most: int) -> Any:
    """Return *plain* with each text of more than *most* characters cut."""
    match plain:
        case str() if len(plain) > most:
            return plain[:most] + _CUT
        case list():
            return [_shortened(item, most) for item in plain]
        case dict():
            return {key: _without(key, item, most) for key, item in plain.items()}
        case _:
            return plain


def _without(key: str, item: object, most: int) -> object:
    """Half a traceback in tblib's form, or half a pickle, is none; it goes as a whole."""
    if key in {"raw", "callee", "packed"} and isinstance(item, str) and len(item) > most:
        return None
    return _shortened(item, most)
