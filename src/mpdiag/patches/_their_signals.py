"""Where a program handles the signal of the stack dumps itself, the signal is the program's."""

from __future__ import annotations

from ._patch import Patch, dressed_as
from ._stacks import yield_to

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``signal`` or ``faulthandler``."""
    if module.__name__ == "signal":
        return [Patch(module, "signal", _before_handling)]
    return [Patch(module, name, _before_handling) for name in ("register", "unregister")]


def _before_handling(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @dressed_as(before)
    def wrapper(*args: object, **kwargs: object) -> object:
        if patch.active:
            yield_to(args[0] if args else kwargs.get("signum"))
        return before(*args, **kwargs)

    return wrapper
