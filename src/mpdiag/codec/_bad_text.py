"""Where a text goes wrong that was to be a number, a date, JSON or characters."""

from __future__ import annotations

import re

# Characters beside the place that are shown; and that the mask sees, so that a secret that is cut
# in two is still known.
SHOWN, _WINDOW = 30, 4096
# Longer texts are no numbers and no dates; what is read as one is searched for its place.
_LONGEST = 500
_FLOAT = re.compile(
    r"\s*[+-]?(?:\d+(?:_\d+)*)?(?:\.(?:\d+(?:_\d+)*)?)?(?:(?<=[\d.])[eE][+-]?\d*)?\s*"
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BEGINNINGS = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"PAR1", "Parquet"),
    (b"\x89PNG", "PNG"),
)


def bad_in_int(text: str, base: int = 10) -> int | None:
    """Return where *text* stops being a whole number; None where that is not clear."""
    if len(text) > _LONGEST:
        return None
    at = len(text) - len(text.lstrip())
    at += text[at : at + 1] in ("+", "-")
    if base in (0, 2, 8, 16) and text[at : at + 2].lower() in ("0x", "0o", "0b"):
        at += 2
    base = base or 10
    while at < len(text):
        char = text[at].lower()
        digit = char.isdecimal() if base == 10 else char in _DIGITS[:base]  # noqa: PLR2004 - decimal
        inner = char == "_" and text[at - 1 : at].isalnum() and text[at + 1 : at + 2].isalnum()
        if not digit and not inner:
            break
        at += 1
    return len(text) if text[at:].isspace() else at


def bad_in_float(text: str) -> int | None:
    """Return where *text* stops being a number."""
    found = _FLOAT.match(text[:_LONGEST]) if len(text) <= _LONGEST else None
    return found.end() if found else None


def bad_in_date(text: str, form: str) -> tuple[int, str] | None:
    """Return where *text* stops being a date of the form *form*, and the part of it that fails."""
    from datetime import datetime

    if len(text) > 80 or len(form) > 80:  # noqa: PLR2004 - no date
        return None

    def reads(piece: str, parts: str) -> bool:
        try:
            datetime.strptime(piece, parts)  # noqa: DTZ007 - only whether it can be read
        except Exception:
            return False
        return True

    parts = re.findall(r"%[-#:]?.|[^%]", form, re.DOTALL)
    ends = [0]
    for number, part in enumerate(parts):
        head = "".join(parts[: number + 1])
        last = ends[-1]
        end = next((end for end in range(len(text), last - 1, -1) if reads(text[:end], head)), None)
        if end is None and number and not part.startswith("%") and last < len(text):
            # What stands between two fields tells that the field before it took too little.
            return ends[-2], parts[number - 1]
        if end is None:
            return last, part
        ends.append(end)
    return (ends[-1], "") if ends[-1] < len(text) else None


def reads_as_float(text: str) -> bool:
    """Tell whether `float` takes *text*."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def remark_on_bytes(raw: bytes, at: int) -> str:
    """Return what else is known of bytes that are no text of their encoding."""
    for beginning, name in _BEGINNINGS:
        if raw.startswith(beginning):
            return f"it begins as {name} does"
    char = raw[at : at + 1].decode("latin-1")
    return f"in latin-1 that byte is {char!r}" if char >= "\xa1" else ""
