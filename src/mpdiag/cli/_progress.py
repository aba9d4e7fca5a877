"""One line on a terminal that says how far a long command is; nothing elsewhere."""

from __future__ import annotations

import sys

# Columns that the line may take.
_WIDTH = 70


class Progress:
    """Counts what it is shown; at its end its line is gone."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._count = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._write("")

    def show(self, text: str) -> None:
        """Say that one call more was made, and *text* of it."""
        self._count += 1
        self._write(f"mpdiag: {self._count} calls, {text}")

    def _write(self, text: str) -> None:
        if self._is_shown:
            sys.stderr.write(f"\r\x1b[K{text[:_WIDTH]}")
            sys.stderr.flush()
