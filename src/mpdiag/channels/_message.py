"""An item, or a batch of them, as the bytes that travel."""

from __future__ import annotations

import copyreg
import io
import pickle
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler

from ..errors import ItemUnreadable, ItemUnsendable

# The first byte of a message.
ITEM, BATCH, DONE = 0, 1, 2

# Items in one message of `send_many`.  Fewer: the price of a message is shared by fewer.
# More: nothing is gained, and the reader waits longer for the first.
BATCH_ITEMS = 1024

# Bytes that a batch should have.  Fewer: as above.  More: memory for nothing.
BATCH_BYTES = 1 << 18

_tables: dict[tuple[int, int], dict[type, Callable[..., object]]] = {}


def _reducers() -> dict[type, Callable[..., object]]:
    """Return how connections and locks travel: what `ForkingPickler` knows, at a third of its cost.

    `_extra_reducers` as of 3.10 to 3.14.
    """
    extra = ForkingPickler._extra_reducers  # type: ignore[attr-defined]
    size = len(copyreg.dispatch_table), len(extra)
    if size not in _tables:
        _tables.clear()
        _tables[size] = {**copyreg.dispatch_table, **extra}
    return _tables[size]


def encode(
    kind: int, value: object, keep: Callable[[pickle.PickleBuffer], object] | None = None
) -> memoryview:
    """Return the message for *value*; *keep* takes the buffers that travel by themselves.

    Raises:
        ItemUnsendable: it cannot be pickled.
    """
    stream = io.BytesIO()
    stream.write(bytes((kind,)))
    pickler = pickle.Pickler(stream, 5, buffer_callback=keep)
    pickler.dispatch_table = _reducers()  # type: ignore[assignment]
    try:
        pickler.dump(value)
    except Exception as error:
        raise ItemUnsendable(value, error) from error
    return memoryview(stream.getvalue())


def decode(message: bytes | bytearray | memoryview, buffers: object = ()) -> list[object]:
    """Return the items of a message that holds one or a batch.

    Raises:
        ItemUnreadable: it cannot be unpickled in this process.
    """
    try:
        value = pickle.loads(memoryview(message)[1:], buffers=buffers)  # type: ignore[arg-type]
    except Exception as error:
        raise ItemUnreadable(len(message), error) from error
    return value if message[0] == BATCH else [value]
