"""mpdiag says which worker failed, on which task, with which input, and why.

Public names are found on first use, so that importing this package costs a worker nothing.
"""

from __future__ import annotations

from ._lazy import on_first_use as _on_first_use

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from ._crashed import TaskTimeout as TaskTimeout
    from ._crashed import WorkerCrashed as WorkerCrashed
    from ._version import __version__ as __version__
    from .errors import MpdiagError as MpdiagError
    from .errors import UsageError as UsageError
    from .pool import Pool as Pool
    from .pool import ProcessPoolExecutor as ProcessPoolExecutor
    from .pool import Retries as Retries
    from .pool import TaskIterator as TaskIterator
    from .pool import TaskResult as TaskResult
    from .pool import TaskResults as TaskResults
    from .session import faults as faults
    from .session import flaky as flaky
    from .session import replay as replay
    from .session import shrink as shrink
    from .session import watch as watch
    from .sharing import inherited as inherited
    from .sharing import initializer as initializer
    from .sharing import join as join
    from .sharing import share as share
    from .supervisor import Supervisor as Supervisor
    from .worker import guard as guard

_HOME = {
    "Pool": "pool",
    "ProcessPoolExecutor": "pool",
    "Retries": "pool",
    "Supervisor": "supervisor",
    "TaskIterator": "pool",
    "TaskResult": "pool",
    "TaskResults": "pool",
    "TaskTimeout": "_crashed",
    "WorkerCrashed": "_crashed",
    "__version__": "_version",
    "faults": "session",
    "flaky": "session",
    "guard": "worker",
    "inherited": "sharing",
    "initializer": "sharing",
    "join": "sharing",
    "replay": "session",
    "share": "sharing",
    "shrink": "session",
    "watch": "session",
    "MpdiagError": "errors",
    "UsageError": "errors",
}

__all__ = (
    "MpdiagError",
    "Pool",
    "ProcessPoolExecutor",
    "Retries",
    "Supervisor",
    "TaskIterator",
    "TaskResult",
    "TaskResults",
    "TaskTimeout",
    "UsageError",
    "WorkerCrashed",
    "__version__",
    "faults",
    "flaky",
    "guard",
    "inherited",
    "initializer",
    "join",
    "replay",
    "share",
    "shrink",
    "watch",
)


__getattr__ = _on_first_use(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
