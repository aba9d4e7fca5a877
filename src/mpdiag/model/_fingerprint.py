"""What makes two occurrences the same fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from ._occurrence import Fingerprint


def fingerprint(parts: Iterable[str]) -> Fingerprint:
    """Return 16 hexadecimal digits, equal for equal *parts*."""
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode("utf-8", "replace") + b"\0")
    return Fingerprint(digest.hexdigest())


def failure_parts(
    error_type: str, places: Sequence[tuple[str, str, int]], key: str = ""
) -> tuple[str, ...]:
    """Return what identifies a failure: type, innermost place, and what was looked up in vain.

    *places* are file, function and line, innermost last.  A recursion error may end on any line
    of its circle, so only the function counts.
    """
    if not places:
        return (error_type, key)
    file, function, line = places[-1]
    where = "" if error_type == "RecursionError" else str(line)
    return (error_type, file, function, where, key)


def crash_parts(ending: str, target: str) -> tuple[str, ...]:
    """Return what identifies a crash: how the worker ended, and in which target."""
    return ("crash", ending, target)


def hang_parts(cause: str, target: str, place: str) -> tuple[str, ...]:
    """Return what identifies a hang: why nothing moves, in which target, and where."""
    return ("hang", cause, target, place)
