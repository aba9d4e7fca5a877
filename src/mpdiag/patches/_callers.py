"""Which line called a pool: an input is refused in a thread, which does not know it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import FrameType

PLACE = "_mpdiag_place"
"""Attribute of what a pool makes for each call: file and line of the program."""
_LIBRARY = ("multiprocessing.", "concurrent.futures.", "mpdiag.")
# Steps up from a pool's own object to the program's line.  `imap` takes four.
_STEPS = 12


def remember_caller(made: object) -> None:
    """Keep on *made* which line of the program calls the pool."""
    place = caller(sys._getframe(2))
    if place is not None:
        made.__dict__[PLACE] = place


def caller(frame: FrameType) -> tuple[str, int] | None:
    """Return file and line of the program from which the library came to *frame*, if any."""
    for _ in range(_STEPS):
        if not f"{frame.f_globals.get('__name__', '')}.".startswith(_LIBRARY):
            return frame.f_code.co_filename, frame.f_lineno
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None


def place_of(made: object) -> tuple[str, int] | None:
    """Return the line that was kept on *made*, if one was."""
    return getattr(made, PLACE, None)
