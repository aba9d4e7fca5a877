"""One value as text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One value kept as text, within limits; nothing of the user's code ran to make it."""

    text: str
    type: str = ""
    size: int | None = None
    """Number of items or characters, where the type has one."""
