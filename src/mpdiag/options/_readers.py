"""From what a user wrote to a checked value; each raises ValueError when it is not allowed."""

from __future__ import annotations

import re
from collections.abc import Callable

from ._options import GIB, KIB, MIB

_ON = {"1", "true", "yes", "on"}
_OFF = {"0", "false", "no", "off"}
# Decimal prefixes are read as binary: for a limit the difference does not matter,
# and "64 MB" is what people write.
_UNITS = {"": 1, "B": 1, "K": KIB, "M": MIB, "G": GIB, "T": 1024 * GIB}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?", re.IGNORECASE)
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_LAST_EXIT_CODE = 255


def flag(value: object) -> bool:
    """Return *value* as a yes or no."""
    word = str(value).strip().lower()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    raise ValueError(word)


def choice(*allowed: str) -> Callable[[object], str]:
    """Return a reader that takes one of the words *allowed*."""

    def read(value: object) -> str:
        word = str(value).strip().lower()
        if word not in allowed:
            raise ValueError(word)
        return word

    return read


def count(value: object) -> int:
    """Return *value* as a whole number from 0 on."""
    if isinstance(value, (bool, float)):
        raise ValueError(value)  # noqa: TRY004 - a wrong value is one kind of error here
    number = int(str(value))
    if number < 0:
        raise ValueError(number)
    return number


def seconds(value: object) -> float:
    """Return *value* as a span of time in seconds, from 0 on."""
    if isinstance(value, bool):
        raise ValueError(value)  # noqa: TRY004 - as above
    number = float(str(value))
    if not 0 <= number < float("inf"):
        raise ValueError(number)
    return number


def exit_code(value: object) -> int:
    """Return *value* as an exit code that a shell can show."""
    number = count(value)
    if number > _LAST_EXIT_CODE:
        raise ValueError(number)
    return number


def parse_size(value: object) -> int:
    """Return the bytes in *value*: a number, or a text such as ``64 MiB``.

    Raises:
        ValueError: *value* is not a size.
    """
    if not isinstance(value, str):
        return count(value)
    match = _SIZE.fullmatch(value.strip())
    if match is None:
        raise ValueError(value)
    return int(float(match[1]) * _UNITS[match[2].upper()])


def names(value: object) -> tuple[str, ...]:
    """Return the names in a list, or in a text with commas."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise ValueError(value)  # noqa: TRY004 - as above
    if not all(isinstance(item, str) for item in items):
        raise ValueError(value)
    return tuple(item.strip() for item in items if item.strip())


def dotted_names(value: object) -> tuple[str, ...]:
    """Return names of Python types, such as ``TimeoutError`` or ``requests.Timeout``."""
    found = names(value)
    if not all(_DOTTED.fullmatch(name) for name in found):
        raise ValueError(value)
    return found


def text(value: object) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(value)
    return value


def events(value: object) -> str:
    """Return a file name, ``-`` or ``fd:N``."""
    word = text(value)
    if word.startswith("fd:"):
        count(word[3:])
    return word


def size_text(size: int) -> str:
    """Return *size* in the largest unit that it fills, such as ``256 MiB``."""
    for unit, power in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << power:
            return f"{size / (1 << power):.4g} {unit}"
    return f"{size} bytes"
