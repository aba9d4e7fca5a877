"""What ran before a task in the same worker."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

# Bytes of the messages of one history, unpacked.  More than a worker keeps, with the chunk that
# it is at: what comes from elsewhere may claim any size.
_MOST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of the pool, of which the first tasks had run."""

    length: int
    """Bytes; 0 where the message was not kept."""
    ran: int
    is_chunk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a worker did before the task that failed, as far as it was kept."""

    tasks: int
    """That ran before it in its process."""
    parts: tuple[Part, ...] = ()
    """The last of them, oldest first."""
    packed: bytes = field(default=b"", repr=False)
    """Their messages, one after the other, compressed.  Never loaded to show anything."""
    initializer: bytes | None = field(default=None, repr=False)
    """The pickle of its pool's initializer and the arguments of it."""
    initializer_name: str = ""
    """Empty where it has none, or where that is not known."""
    seconds: float = 0.0
    """From the start of its process to the end of the task."""

    @property
    def kept(self) -> int:
        """Tasks whose inputs are there."""
        return sum(part.ran for part in self.parts if part.length) if self.packed else 0

    def messages(self) -> tuple[bytes, ...]:
        """Return the message of each part; an empty one where it was not kept.

        Raises:
            ValueError: the bytes are not what the parts say.
        """
        try:
            whole = zlib.decompressobj().decompress(self.packed, _MOST_BYTES)
        except zlib.error as error:
            raise ValueError(f"a history that cannot be unpacked: {error}") from error
        found, at = [], 0
        for part in self.parts:
            found.append(whole[at : at + part.length])
            at += part.length
        if at != len(whole):
            raise ValueError("a history whose parts do not fit together")
        return tuple(found)
