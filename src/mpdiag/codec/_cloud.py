"""Cloudpickle, with the files of the functions that it copies: tracebacks name them.

Imported when a value comes that plain pickle refuses.
"""

from __future__ import annotations

from collections import ChainMap
from types import CodeType
from typing import Any, ClassVar

import cloudpickle  # type: ignore[import-untyped]

# What cloudpickle writes for the file of a code object, from 3.1 on.
NO_FILE = "<dynamic-code>"


def _with_file(code: CodeType) -> tuple[Any, ...]:
    """Reduce *code* as cloudpickle does, and keep its file."""
    make, parts, *rest = cloudpickle.Pickler.dispatch_table[CodeType](code)
    kept = tuple(code.co_filename if type(one) is str and one == NO_FILE else one for one in parts)
    return make, kept, *rest


class CloudPickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles what plain pickle refuses, by value."""

    dispatch_table: ClassVar[Any] = ChainMap(
        {CodeType: _with_file}, *cloudpickle.Pickler.dispatch_table.maps
    )
