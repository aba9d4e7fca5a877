"""The form of a bundle, one fault in one file: gzip around lines of JSON, each line one part.

    {"part": "bundle", "version": 1, ...}                    first
    {"part": "run", "value": {...}}
    {"part": "fault", "value": {...}}
    {"part": "occurrence", "value": {...}, "payload": 1}     in their order
    {"part": "passing", "value": {...}, "payload": 2}
    {"part": "payload", "number": 1, "bytes": "gASV..."}     base64; a long one in several parts
    {"part": "end", "parts": 6}                              last

Nothing in it is a path and nothing is loaded to read it.  No part is believed: what is larger,
deeper or more than a fault can be ends the reading, within bounded memory.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, BinaryIO, NoReturn

from ..errors import BundleTooLarge, BundleTooNew, BundleUnreadable

VERSION = 1
MOST_BYTES = 256 << 20
"""Of a bundle, unpacked.  More: whoever opens one needs memory for it.  Fewer: samples stay out."""
LINE_BYTES = 16 << 20
"""Of one part."""
PIECE_BYTES = 256 << 10
"""Of a payload in one part."""
# Brackets and commas of all parts but payloads: each value takes some hundred bytes of memory.
_MOST_VALUES = 2_000_000
_BLOCK = 64 << 10
_GZIP = 31  # zlib's number for it
_DIGITS = 25
_MAGIC = b"\x1f\x8b"


class Writer:
    """Writes the parts of one bundle."""

    def __init__(self, file: BinaryIO, **head: object) -> None:
        self._file = file
        self._machine = zlib.compressobj(wbits=_GZIP)
        self._parts = 0
        self.left_bytes = MOST_BYTES - 4096
        self._put({"part": "bundle", "version": VERSION, **head})

    def put(self, part: str, **content: object) -> int | None:
        """Write one part; return its bytes, or None if there is no room for it."""
        return self._put({"part": part, **content})

    def _put(self, plain: dict[str, object]) -> int | None:
        line = json.dumps(plain, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        if len(line) > min(LINE_BYTES, self.left_bytes):
            return None
        self.left_bytes -= len(line)
        self._parts += 1
        self._file.write(self._machine.compress(line))
        return len(line)

    def close(self) -> None:
        """Write the last part."""
        self.left_bytes += 4096
        self._put({"part": "end", "parts": self._parts})
        self._file.write(self._machine.flush())


class Reader:
    """Reads the parts of one bundle, and refuses it when it is none."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._digest = blake2b(digest_size=16)
        self._left_values = _MOST_VALUES
        self.head: dict[str, Any] = {}

    @property
    def digest(self) -> str:
        """Equal for bundles with the same content, whenever they were made."""
        return self._digest.hexdigest()

    def refuse(self, why: str) -> NoReturn:
        """End the reading."""
        raise BundleUnreadable(self._name, why)

    def parts(self) -> Iterator[dict[str, Any]]:
        """Yield all parts between the first and the last, both of which are checked."""
        count = 0
        for line in self._lines():
            part = self._parsed(line)
            count += 1
            if count == 1:
                self._check_head(part)
                continue
            if part.get("part") == "end":
                if part.get("parts") != count - 1:
                    self.refuse("is damaged: some of its parts are missing")
                count = -1
                continue
            if count <= 0:
                self.refuse("is damaged: something follows after its end")
            self._digest.update(line + b"\n")
            yield part
        if count >= 0:
            self.refuse("is cut off")

    def _check_head(self, part: dict[str, Any]) -> None:
        version = part.get("version")
        if part.get("part") != "bundle" or type(version) is not int or version < 1:
            self.refuse("is no bundle of mpdiag")
        if version > VERSION:
            why = f"was made by a later mpdiag (version {version}; this one reads up to {VERSION})"
            raise BundleTooNew(self._name, why)
        self.head = part

    def _parsed(self, line: bytes) -> dict[str, Any]:
        if not line.startswith(b'{"part":"payload"'):
            self._left_values -= sum(map(line.count, (b",", b"[", b"{")))
        if self._left_values < 0:
            raise BundleTooLarge(self._name, "holds more values than the account of a fault")
        try:
            found = json.loads(
                line.decode("utf-8"), parse_int=_whole, parse_float=_finite, parse_constant=_none
            )
        except (ValueError, RecursionError) as problem:
            what = "nested too deeply" if isinstance(problem, RecursionError) else "no JSON"
            self.refuse(f"is damaged: a part of it is {what}")
        if type(found) is not dict:
            self.refuse("is no bundle of mpdiag")
        return found

    def _lines(self) -> Iterator[bytes]:
        begun: list[bytes] = []
        for block in self._blocks():
            first, *more = block.split(b"\n")
            begun.append(first)
            if sum(map(len, begun)) > LINE_BYTES:
                raise BundleTooLarge(self._name, f"has a part of more than {LINE_BYTES:,} bytes")
            if more:
                yield b"".join(begun)
                *whole, rest = more
                yield from whole
                begun = [rest]
        if any(begun):
            self.refuse("is cut off")

    def _blocks(self) -> Iterator[bytes]:
        """Yield what is packed in the file, never more than a block at once."""
        machine, packed_bytes, plain_bytes, block = zlib.decompressobj(wbits=_GZIP), 0, 0, b""
        while not machine.eof:
            packed = machine.unconsumed_tail
            if not packed and len(block) < _BLOCK:  # a whole block: there may be more without input
                packed = self._read(first=packed_bytes == 0)
                packed_bytes += len(packed)
            try:
                block = machine.decompress(packed, _BLOCK)
            except zlib.error:
                self.refuse("is damaged")
            plain_bytes += len(block)
            if max(packed_bytes, plain_bytes) > MOST_BYTES:
                raise BundleTooLarge(self._name, f"is larger than {MOST_BYTES:,} bytes, unpacked")
            yield block
        if machine.unused_data or self._file.read(1):
            self.refuse("is damaged: something follows after its end")

    def _read(self, *, first: bool) -> bytes:
        try:
            packed = self._file.read(_BLOCK)
        except OSError as problem:
            self.refuse(f"cannot be read ({problem.strerror or problem})")
        if first and not packed.startswith(_MAGIC):
            self.refuse("is no bundle of mpdiag" if packed else "is empty")
        if not packed:
            self.refuse("is cut off")
        return packed


def _whole(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError("a number with too many digits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number


def _none(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
