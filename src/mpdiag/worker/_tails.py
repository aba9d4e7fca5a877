"""Copy what a worker prints into its recorder, and leave its streams as they are.

The streams keep their type, their descriptor, their buffering and their order: only ``write`` of
the instance is replaced by one that copies the text.
"""

from __future__ import annotations

import sys

from ..recorder import Recorder

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from typing import TextIO


def copy_output(recorder: Recorder, *, relayed: bool) -> None:
    """Copy what is written to ``sys.stdout`` and ``sys.stderr`` from now on; runs in the child.

    Where descriptors 1 and 2 are *relayed*, streams that write to them are left alone.
    """
    for stream, stderr in ((sys.stdout, False), (sys.stderr, True)):
        if not (relayed and _sends_lines(stream)):
            _copy(stream, recorder, stderr=stderr)


def _sends_lines(stream: TextIO | None) -> bool:
    """Have *stream* write each line at once; return whether it writes to descriptor 1 or 2.

    What stood in its buffer would die with the worker, and come late on the terminal.
    """
    try:
        if stream is None or stream.fileno() not in {1, 2}:
            return False
        stream.reconfigure(line_buffering=True)  # type: ignore[attr-defined]
    except Exception:
        return False
    return True


def _copy(stream: TextIO | None, recorder: Recorder, *, stderr: bool) -> None:
    if stream is None:
        return
    stock = getattr(type(stream), "write", None)
    if stock is None:
        return
    before = getattr(stream, "write")  # noqa: B009 - may be another's replacement

    def write(text: str) -> int:
        try:
            recorder.tail(stderr=stderr, text=text)
        except Exception:
            pass
        written: int = before(text)
        return written

    try:
        stream.write = write  # type: ignore[method-assign]
    except (AttributeError, TypeError):
        pass  # a stream that takes no attributes is left alone
