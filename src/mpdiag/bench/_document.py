"""A result as JSON and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .._version import __version__
from ._values import FORM, Case, Machine, Result, Row, Timing


def to_document(result: Result) -> str:
    """Return *result* as JSON, with every round."""
    return json.dumps({"version": FORM, "mpdiag": __version__, **asdict(result)}, indent=1) + "\n"


def read_document(text: str) -> Result:
    """Return the result in *text*.

    Raises:
        ValueError: it is no document of `mpdiag bench`, or one of a later version.
    """
    try:
        raw: Any = json.loads(text)
        if raw["version"] != FORM:
            raise ValueError(f"version {raw['version']!r}; this mpdiag reads {FORM}")
        rows = tuple(
            Row(
                python=row["python"],
                case=Case(**row["case"]),
                timings=tuple(Timing(**timing) for timing in row["timings"]),
                error=row["error"],
            )
            for row in raw["rows"]
        )
        return Result(
            kind=raw["kind"],
            machine=Machine(**raw["machine"]),
            rows=rows,
            rounds=raw["rounds"],
            seconds=raw["seconds"],
            notes=tuple(raw["notes"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no document of mpdiag bench: {error!r}") from error
