"""Memory for large results that is used again when nobody has the last one there any more.

The system hands out memory page by page, and that takes twenty times as long as the copy.
"""

from __future__ import annotations

import mmap
import weakref

# Bytes that a pool keeps.  Fewer: who drops results a while after they came waits for new memory.
# More: more that is kept until the pool is gone.
MOST_SPARE_BYTES = 1 << 26


class Spares:
    """Copies buffers into private memory; the driver only.

    What was dropped comes back in any thread.
    """

    def __init__(self) -> None:
        self._free: list[mmap.mmap] = []
        self._lent: dict[int, weakref.ref[object]] = {}
        self._bytes = 0

    def copy(self, part: memoryview) -> bytearray | memoryview:
        """Return a writable copy, which belongs to whoever has it."""
        size = len(part)
        import ctypes  # it takes longer than all that a pool without large results needs

        spare = self._fitting(size) or self._new(size)
        if spare is None:
            return bytearray(part)
        whole = (ctypes.c_ubyte * size).from_buffer(spare)
        self._lend(whole, spare)
        made = memoryview(whole).cast("B")
        made[:] = part
        return made

    def _fitting(self, size: int) -> mmap.mmap | None:
        for _ in range(len(self._free)):
            spare = self._free.pop()  # the last one may be in the processor's cache
            if size <= len(spare) <= 2 * size:
                return spare
            self._free.insert(0, spare)
        return None

    def _new(self, size: int) -> mmap.mmap | None:
        while self._free and self._bytes + size > MOST_SPARE_BYTES:
            self._bytes -= len(self._free.pop(0))
        if self._bytes + size > MOST_SPARE_BYTES:
            return None
        try:
            spare = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except (OSError, ValueError):
            return None
        self._bytes += size
        return spare

    def _lend(self, whole: object, spare: mmap.mmap) -> None:
        """Have *spare* come back when the last who looks at *whole* has dropped it."""
        free, lent, key = self._free, self._lent, id(whole)

        def give(_: object) -> None:
            lent.pop(key, None)
            free.append(spare)

        lent[key] = weakref.ref(whole, give)
