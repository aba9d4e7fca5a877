"""What a thread holds by ``with`` is read from its stack and the source."""

from __future__ import annotations

import textwrap
from pathlib import Path

from mpdiag.model import Frame
from mpdiag.runner._inside import inside

SOURCE = """
    def outer(self):
        with self._lock, open("x") as file:
            inner()

    def inner():
        with cache_lock:
            pass
        with other_lock:
            pass
"""


def frames(file: Path, *lines: int) -> tuple[Frame, ...]:
    """Return a frame for each of *lines*."""
    return tuple(Frame(file=str(file), line=line, function="f") for line in lines)


def test_the_blocks_around_each_frame_are_found(tmp_path: Path) -> None:
    """Names alone, outermost first; a block that is not entered yet, or left, is none."""
    file = tmp_path / "app.py"
    file.write_text(textwrap.dedent(SOURCE), encoding="utf-8")
    assert inside(frames(file, 4, 7)) == (f"{file}:self._lock",)
    assert inside(frames(file, 4, 8)) == (f"{file}:self._lock", f"{file}:cache_lock")
    assert inside(frames(file, 9)) == ()


def test_a_source_that_is_none_tells_nothing(tmp_path: Path) -> None:
    """A file that is gone, or cannot be parsed, is no error."""
    file = tmp_path / "odd.py"
    file.write_text("with (:\n", encoding="utf-8")
    assert inside(frames(file, 1)) == ()
    assert inside(frames(tmp_path / "gone.py", 1)) == ()
