"""Text of live values that runs no code of the user, and never raises."""

from __future__ import annotations

from ..model import Snapshot
from ._live import size_of
from ._mask import MASKED, Mask
from ._render import UNREADABLE, Budget, Renderer
from ._types import type_name

DEFAULT_BUDGET = Budget()


def describe(value: object, budget: Budget = DEFAULT_BUDGET, mask: Mask | None = None) -> str:
    """Return a short text for *value*, of at most ``budget.total`` characters."""
    try:
        return Renderer(budget, mask).render(value)
    except Exception:
        return UNREADABLE[: budget.total]


def snapshot(
    value: object,
    budget: Budget = DEFAULT_BUDGET,
    mask: Mask | None = None,
    *,
    name: str = "",
) -> Snapshot:
    """Return *value* as text with its type and size.

    A value whose *name* the mask hides keeps its type alone.
    """
    if name and mask is not None and mask.hides(name):
        return Snapshot(text=MASKED, type=_type_of(value))
    return Snapshot(text=describe(value, budget, mask), type=_type_of(value), size=_size_of(value))


def outline(value: object) -> Snapshot:
    """Return type and size of *value*, without its content: what ``values = none`` keeps."""
    kind, size = _type_of(value), _size_of(value)
    text = f"<{kind}>" if size is None else f"<{kind} of {size:,}>"
    return Snapshot(text=text, type=kind, size=size)


def _type_of(value: object) -> str:
    try:
        return type_name(type(value))
    except Exception:
        return "?"


def _size_of(value: object) -> int | None:
    try:
        return size_of(value)
    except Exception:
        return None
