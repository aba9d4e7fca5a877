"""Our own ProcessPoolExecutor and Pool: a dead worker costs one task."""

from __future__ import annotations

from .._lazy import on_first_use

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from ._collect import TaskIterator, TaskResult, TaskResults
    from ._executor import ProcessPoolExecutor
    from ._options import Retries
    from ._pool import Pool

# A worker imports this package for its loop alone.
_HOME = {
    "Pool": "_pool",
    "ProcessPoolExecutor": "_executor",
    "Retries": "_options",
    "TaskIterator": "_collect",
    "TaskResult": "_collect",
    "TaskResults": "_collect",
}

__all__ = (
    "Pool",
    "ProcessPoolExecutor",
    "Retries",
    "TaskIterator",
    "TaskResult",
    "TaskResults",
)


__getattr__ = on_first_use(__name__, _HOME)
