"""Values to bytes: pickle, else cloudpickle, else none.  Runs in the worker."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, Literal

Encoding = Literal["pickle", "cloudpickle", "text"]

PROTOCOL = 5


class _TooLargeError(Exception):
    """The value does not fit; raised through the pickler."""


class _Bounded:
    """A file that takes *limit_bytes*, so that what is too large is never built."""

    def __init__(self, limit_bytes: int) -> None:
        self._left = limit_bytes
        self._pieces: list[bytes] = []
        self.is_over = False

    def write(self, piece: bytes | bytearray | memoryview) -> int:
        raw = bytes(piece) if len(piece) <= self._left else b""
        self._left -= len(piece)
        if self._left < 0:
            self.is_over = True
            raise _TooLargeError
        self._pieces.append(raw)
        return len(raw)

    def content(self) -> bytes:
        return b"".join(self._pieces)


def encode(value: object, *, limit_bytes: int) -> tuple[bytes | None, Encoding]:
    """Return the bytes of *value* and the rung that held; ``(None, "text")`` when none did.

    Runs what the value's classes define for pickling.  Nothing but a KeyboardInterrupt leaves it.
    """
    rungs: tuple[tuple[Encoding, Callable[[], Any]], ...] = (
        ("pickle", lambda: pickle.Pickler),
        ("cloudpickle", cloud_pickler),
    )
    for encoding, find in rungs:
        file = _Bounded(limit_bytes)
        try:
            find()(file, PROTOCOL).dump(value)
        except KeyboardInterrupt:
            raise
        except BaseException:  # a class may raise SystemExit or worse while it is pickled
            if file.is_over:
                break
        else:
            return file.content(), encoding
    return None, "text"


def cloud_pickler() -> Any:
    """Return the class that pickles what plain pickle refuses; it is imported here."""
    from ._cloud import CloudPickler

    return CloudPickler
