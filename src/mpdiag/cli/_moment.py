"""A moment on the command line: an age such as ``2h`` or ``7d``, or a date."""

from __future__ import annotations

import re
import time
from datetime import datetime

import click

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")


def moment(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Return seconds since the epoch for an age or an ISO date in local time, for click."""
    if value is None:
        return None
    text = value.strip().lower()
    if age := _AGE.fullmatch(text):
        return time.time() - float(age[1]) * _SECONDS[age[2]]
    try:
        return datetime.fromisoformat(text.upper().replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError, OSError):
        words = f"{value!r} is neither an age such as 2h or 7d nor a date such as 2026-03-01"
        raise click.BadParameter(words, context, parameter) from None
