"""pytest: whichever exception failed a test ended that test, and any other was dealt with.

Checked on pytest 8 and 9.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from ..worker import post, surroundings
from ._outcome import tell_end
from ._patch import Patch

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``_pytest.runner``; none if its report is made in another way."""
    code = module.pytest_runtest_makereport.__code__
    if code.co_varnames[: code.co_argcount] != ("item", "call"):
        return []
    if surroundings().watched:
        post({"v": 1, "type": "tests"})
    return [Patch(module, "pytest_runtest_makereport", _makereport)]


def _makereport(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Tell of what failed the setup, the call or the teardown of a test."""

    @wraps(before)
    def pytest_runtest_makereport(item: object, call: object) -> object:
        try:
            found = call.excinfo  # type: ignore[attr-defined]
            expected = item.get_closest_marker("xfail")  # type: ignore[attr-defined]
            if patch.active and surroundings().watched and found is not None and not expected:
                tell_end(found.value)
        except Exception:
            pass
        return before(item, call)

    return pytest_runtest_makereport
