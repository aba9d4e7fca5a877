"""What plain pickle refuses, by value: lambdas, local functions and classes.

Whatever has a name goes by it, as in plain pickle: a class is the same one in a function and in the
arguments of that function, which have pickles of their own.  Imported when such a value comes.
"""

from __future__ import annotations

from io import BytesIO, TextIOWrapper
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ..codec import cloud_pickler
from ._wire import has_name, reducers

if TYPE_CHECKING:
    from ._wire import Keep

_Cloud: Any = cloud_pickler()
# Their copies would arrive as something else.
_NO_COPIES = frozenset({TextIOWrapper, memoryview})


class _Pickler(_Cloud):  # type: ignore[misc]
    def __init__(self, buffer: BytesIO, keep: Keep | None) -> None:
        # The pickler looks at it once, when it is made.
        own = {kind: how for kind, how in _Cloud.dispatch_table.items() if kind not in _NO_COPIES}
        self.dispatch_table = {**reducers(), **own}
        super().__init__(buffer, 5, buffer_callback=keep)

    def reducer_override(self, value: object) -> object:
        if isinstance(value, (type, FunctionType)) and has_name(value):
            return NotImplemented
        return super().reducer_override(value)


def dumps_by_value(value: object, keep: Keep | None) -> bytes:
    """Return *value* as bytes that plain pickle reads.

    Raises:
        Exception: it cannot be pickled so either.
    """
    buffer = BytesIO()
    _Pickler(buffer, keep).dump(value)
    return buffer.getvalue()
