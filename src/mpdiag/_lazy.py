"""Find the names of a package on first use, so that importing it costs a worker nothing."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Callable


def on_first_use(package: str, home: dict[str, str]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of *package*, whose names live in its modules of *home*."""

    def find(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        place, there = home[name], sys.modules[package]
        found = __import__(f"{package}.{place}", fromlist=[name])
        for other, its_place in home.items():
            # A folder may have the name of a function: its import has put it in our place.
            clashes = type(vars(there).get(other)) is type(sys)
            if other == name or (clashes and its_place == place):
                setattr(there, other, getattr(found, other))
        value: object = vars(there)[name]
        return value

    return find
