"""The only code that changes other people's modules, and the shim that carries it along."""

from __future__ import annotations

from ._arm import arm, arm_program, disarm

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from pathlib import Path

    from ._carry import carry as carry
    from ._pool_tasks import tell_unreadable as tell_unreadable

    SHIM: Path

__all__ = ("SHIM", "arm", "arm_program", "carry", "disarm", "tell_unreadable")


def __getattr__(name: str) -> object:
    """Find what most processes of a run do without: the folder of the shim, and some functions."""
    if name == "carry":
        from ._carry import carry

        return carry
    if name == "tell_unreadable":
        from ._pool_tasks import tell_unreadable

        return tell_unreadable
    if name != "SHIM":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pathlib import Path

    return Path(__file__).parent / "shim"
