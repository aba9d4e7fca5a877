"""Text that cannot control the terminal that it is printed on."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return *text* with all that could move or colour a terminal escaped, as ``\x1b``."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
