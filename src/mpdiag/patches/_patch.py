"""A change to another library, as a value: applied once, undone exactly."""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Ours = TypeVar("Ours", bound=Callable[..., object])

_MISSING = object()


class Patch:
    """One replaced attribute.

    Where another patch lies on top at the time of ``undo``, ours stays below it and passes
    everything through; *active* is what the replacement looks at.
    """

    def __init__(
        self,
        owner: object,
        name: str,
        make: Callable[[Patch, Callable[..., object]], Callable[..., object]],
        *,
        static: bool = False,
    ) -> None:
        self.owner, self.name, self.make, self.static = owner, name, make, static
        self.active = False
        self._before: object = _MISSING
        self._ours: object = _MISSING

    def apply(self) -> bool:
        """Replace the attribute; False when it is not there or is ours already."""
        current = vars(self.owner).get(self.name, _MISSING)
        if current is _MISSING or current is self._ours:
            return False
        plain = current.__func__ if isinstance(current, staticmethod) else current
        ours = self.make(self, plain)
        self._before, self._ours = current, staticmethod(ours) if self.static else ours
        setattr(self.owner, self.name, self._ours)
        self.active = True
        return True

    @property
    def fits(self) -> bool:
        """Whether its owner has, or inherits, what it replaces."""
        return hasattr(self.owner, self.name)

    def undo(self) -> None:
        """Put back what was there, or pass everything through."""
        self.active = False
        if self._ours is not _MISSING and vars(self.owner).get(self.name) is self._ours:
            setattr(self.owner, self.name, self._before)
            self._ours = _MISSING


class Patches:
    """The patches of this process, in the order in which they were applied."""

    def __init__(self) -> None:
        self._applied: list[Patch] = []

    def apply(self, patches: list[Patch]) -> list[str]:
        """Apply each; return the names of what this version of their library does not have."""
        self._applied += [patch for patch in patches if patch.apply()]
        return [patch.name for patch in patches if not patch.fits]

    def undo(self) -> None:
        """Undo all, newest first."""
        while self._applied:
            self._applied.pop().undo()


def dressed_as(before: Callable[..., object]) -> Callable[[Ours], Ours]:
    """Do what ``functools.wraps`` does, whose import each Python start would pay for."""

    def dress(ours: Ours) -> Ours:
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(ours, name, getattr(before, name))
        setattr(ours, "__wrapped__", before)  # noqa: B010 - no attribute that a function declares
        return ours

    return dress
