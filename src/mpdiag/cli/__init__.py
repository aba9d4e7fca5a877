"""The command line: one short file for each command, imported when it is called."""

from ._root import main

__all__ = ("main",)
