"""What the Python API shares: the fault that is meant, and results that show themselves."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import NotReplayable, NotTrusted
from ..model import Fault
from ..options import load
from ..replay import obstacle
from ..reports import Sheet
from ..store import Found, Store
from ._collect import collect

if TYPE_CHECKING:
    from rich.table import Table

Place = str | os.PathLike[str] | None


class Shown:
    """Has a table, and shows it in a terminal, a rich console and a notebook."""

    __slots__ = ()
    sheet: Sheet

    def __str__(self) -> str:
        """Return what a terminal shows."""
        return str(self.sheet)

    def __rich__(self) -> Table:
        """Return what a rich console shows."""
        return self.sheet.__rich__()

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return self.sheet._repr_html_()


def opened(store: Place) -> Store:
    """Return the store, with all that was left behind taken in."""
    given = {"store": os.fspath(store) if store is not None else None}
    options = load(given, os.environ, Path.cwd()).options
    collect(options)
    return Store.open(options.store, limits=options.limits)


def _stay_silent() -> None:
    """Say nothing of a trust that could not be kept."""


def check_callable(
    store: Store,
    found: Found,
    *,
    trust: bool,
    act: str,
    unkept: Callable[[], None] = _stay_silent,
) -> None:
    """Let pass a fault whose target may be called, or its inputs loaded, to *act*.

    What this user recorded, or trusts now: that is remembered, else *unkept* is called.

    Raises:
        NotReplayable: too little is kept, or its function forbids it.
        NotTrusted: somebody else may have recorded it, and *trust* is not said.
    """
    why = obstacle(found.fault, found.run)
    if why:
        raise NotReplayable(found.fault.id, why)
    if found.own:
        return
    if not trust:
        raise NotTrusted(found.fault.id, act)
    if store.readonly or not store.trust(found.fault.id, found.occurrence or 1):
        unkept()


def callable_fault(store: Store, fault: str | Fault | None, *, trust: bool, act: str) -> Found:
    """Return the fault that is meant, if `check_callable` lets it pass."""
    found = store.fault(fault.id if isinstance(fault, Fault) else fault)
    check_callable(store, found, trust=trust, act=act)
    return found
