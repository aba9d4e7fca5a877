"""The key or name that was probably meant: one that differs little, and in what."""

from __future__ import annotations

from collections.abc import Iterable

# Candidates that are compared letter by letter; the cheaper tests go through all.  More: the
# worker waits.
_LETTERS = 2_000
# Characters of a key that are looked at.
_LONGEST = 200


def near(sought: object, candidates: Iterable[object]) -> tuple[object, str] | None:
    """Return the candidate most like *sought*, and what sets them apart; None if none is near.

    Only builtin values are compared: both must be plain (see `is_plain`).
    """
    best: tuple[int, object] | None = None
    for number, other in enumerate(candidates):
        if other is sought or (type(other) is type(sought) and other == sought):
            continue
        how = _how(sought, other)
        if how:
            return other, how
        if number < _LETTERS and type(sought) is str and type(other) is str:
            edits = _edits(sought, other, most=_allowed(sought))
            if edits is not None and (best is None or edits < best[0]):
                best = edits, other
    if best is None:
        return None
    return best[1], f"{best[0]} edit{'s' if best[0] > 1 else ''} away"


def _how(sought: object, other: object) -> str:
    """Return in what *other* differs from *sought* when that is not a letter."""
    if type(sought) is str and type(other) is str:
        if abs(len(sought) - len(other)) > _LONGEST or len(sought) > _LONGEST:
            return ""
        if sought.casefold() == other.casefold():
            return "other case"
        return "other white space" if "".join(sought.split()) == "".join(other.split()) else ""
    if type(sought) is type(other) or type(sought) is tuple or type(other) is tuple:
        return ""
    alike = _text(sought) == _text(other)
    return f"{type(other).__name__}, not {type(sought).__name__}" if alike else ""


def _text(value: object) -> object:
    if type(value) is bytes:
        return value[:_LONGEST].decode("utf-8", "replace")
    if type(value) is int and value.bit_length() > _LONGEST:
        return value
    return str(value)


def _allowed(key: str) -> int:
    """Return the edits within which a key counts as near: two make a short word another word."""
    return 0 if len(key) < 3 else 1 if len(key) < 6 else 2  # noqa: PLR2004 (said above)


def _edits(one: str, other: str, *, most: int) -> int | None:
    """Return the edit distance, a swap of neighbours counted as one; None above *most*."""
    if abs(len(one) - len(other)) > most or max(len(one), len(other)) > 80:  # noqa: PLR2004 (far)
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            best = min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                best = min(best, older[j - 2] + 1)
            row.append(best)
        if min(row) > most and min(before, default=0) > most:
            return None
    return row[-1] if 0 < row[-1] <= most else None
