"""The options on their way into a child: a few words in its environment, the rest in a file."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from ._options import Limits, Options

_EARLY = ("keep_going", "values", "log_context", "capture_fd", "record_random")
_EARLY_LIMITS = ("passing", "passing_bytes")
"""What a child must know before its first task; it reads the rest at its first failure."""


def children_flags(options: Options) -> str:
    """Return the value of ``MPDIAG_FLAGS``, such as ``keep_going=1,values=full``."""
    values = [(name, getattr(options, name)) for name in _EARLY]
    values += [(name, getattr(options.limits, name)) for name in _EARLY_LIMITS]
    return ",".join(f"{name}={int(v) if isinstance(v, bool) else v}" for name, v in values)


def to_json(options: Options) -> str:
    """Return *options* as the text of ``options.json``."""
    return json.dumps(dataclasses.asdict(options), default=str, sort_keys=True)


def from_json(text: str) -> Options:
    """Return the options that *text* was made from; unknown keys are skipped.

    Raises:
        ValueError: *text* is not a JSON object.
    """
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError(text[:40])  # noqa: TRY004 - the reader asks about the text, not a type
    values = _known(Options, data)
    values["limits"] = Limits(**_known(Limits, data.get("limits", {})))
    if "store" in values:
        values["store"] = Path(values["store"])
    return Options(**values)


def _known(kind: type[Options | Limits], data: dict[str, Any]) -> dict[str, Any]:
    known = {field.name for field in dataclasses.fields(kind)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in data.items()
        if name in known
    }
