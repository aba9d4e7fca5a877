"""Whose code a file is, as far as its path tells."""

from __future__ import annotations

import re

_LIBRARY = re.compile(r"(?:.*[/\\](?:site|dist)-packages|.*[/\\]lib\d*[/\\]python\d[\d.]*t?)[/\\]")


def library_path(file: str) -> str | None:
    """Return the path of *file* within its library's folder; None of a file of the user's own."""
    if file.startswith("<frozen"):
        return file
    found = _LIBRARY.match(file)
    return file[found.end() :] if found else None
