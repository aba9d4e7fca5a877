"""Values as text, as far as the settings allow: nothing here runs the user's code."""

from __future__ import annotations

from functools import lru_cache

from .. import codec
from ..model import Snapshot
from ._around import surroundings


@lru_cache(maxsize=1)
def mask() -> codec.Mask:
    """Return what hides secrets in this process."""
    names = surroundings().option("secret_names", [])
    more = names if isinstance(names, list) else []
    return codec.Mask((*codec.DEFAULT_NAMES, *more))


def keep(name: str, value: object) -> Snapshot:
    """Return *value* as the setting ``values`` allows."""
    if surroundings().values == "none":
        return codec.outline(value)
    if mask().hides(name):
        return Snapshot(text=codec.MASKED, type=type(value).__qualname__)
    return codec.snapshot(value, mask=mask())


def keep_message(raw: bytes) -> Snapshot:
    """Return a pickled message as text, without loading it."""
    if surroundings().values == "none":
        return Snapshot(text="", type="message", size=len(raw))
    return Snapshot(text=codec.describe_pickle(raw, mask=mask()), type="message")
