"""Queues and other primitives inside the tasks of any pool; a process joined without a deadlock."""

from __future__ import annotations

from .._lazy import on_first_use as _on_first_use

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from ._accounts import Account as Account
    from ._accounts import Row as Row
    from ._handle import Shared as Shared
    from ._handle import share as share
    from ._initializer import inherited as inherited
    from ._initializer import initializer as initializer
    from ._join import join as join

_HOME = {
    "Account": "_accounts",
    "Row": "_accounts",
    "Shared": "_handle",
    "inherited": "_initializer",
    "initializer": "_initializer",
    "join": "_join",
    "share": "_handle",
}

__all__ = ("Account", "Row", "Shared", "inherited", "initializer", "join", "share")

__getattr__ = _on_first_use(__name__, _HOME)
