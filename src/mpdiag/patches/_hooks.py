"""Patch a module right after its import, or at once when it is there already.

The finder stands first in ``sys.meta_path`` until every module it waits for was imported, and
leaves no trace in the module: ``__spec__`` and ``__loader__`` are those of the real finder.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class AfterImport:
    """A finder that finds nothing itself, and calls back when a module has been imported.

    What is called must not raise: it runs inside an ``import`` of the program.
    """

    def __init__(self, waiting: dict[str, Callable[[ModuleType], None]]) -> None:
        self.waiting = waiting

    def start(self) -> None:
        """Serve what is imported already, and wait for the rest."""
        for name in [name for name in self.waiting if name in sys.modules]:
            self.waiting.pop(name)(sys.modules[name])
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Let the other finders find *name*, and step between its loader and its module."""
        if name not in self.waiting:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: ModuleSpec | None = find(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self.waiting.pop(name))  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    def __init__(self, real: object, then: Callable[[ModuleType], None]) -> None:
        self.real, self.then = real, then

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.real.create_module(spec)  # type: ignore[attr-defined,no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self.real  # type: ignore[assignment]
        if module.__spec__ is not None:
            module.__spec__.loader = self.real  # type: ignore[assignment]
        self.real.exec_module(module)  # type: ignore[attr-defined]
        self.then(module)
