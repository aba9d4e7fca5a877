"""Where tasks came from: what a second call of one has to restore."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The program as a worker of it found it."""

    cwd: str
    argv: tuple[str, ...]
    """``sys.argv``, without secrets."""
    path: tuple[str, ...]
    """``sys.path``."""
    main_file: str = ""
    """Of the main module; empty for ``-c`` and standard input."""
    main_name: str = ""
    """Of a main module that was started with ``-m``."""
