"""The environment by which each Python of a run is armed."""

from __future__ import annotations

import os
import sys

from ..options import Options, children_flags
from ..patches import SHIM
from ..runner import Command, RunFolder


def armed(
    folder: RunFolder, options: Options, command: Command, *, more: str = ""
) -> dict[str, str]:
    """Return the environment of the program: its own, and what arms each of its Pythons.

    Without the shim for an interpreter that would never run it and take it off its path.  *more*
    are flags beside those of *options*.
    """
    if any("S" in flag for flag in command.flags):
        return dict(os.environ)
    shim, home = str(SHIM), str(SHIM.parents[2])
    env = {**os.environ, **folder.environment()}
    env["MPDIAG_FLAGS"] = f"{children_flags(options)},shared=1{more}"
    env["MPDIAG_SHIM"] = f"{sys.version_info[0]}.{sys.version_info[1]}:{home}"
    path = [entry for entry in env.get("PYTHONPATH", "").split(os.pathsep) if entry != shim]
    if around := os.environ.get("PYTEST_CURRENT_TEST"):
        env["MPDIAG_TEST_AROUND"] = around
    env["PYTHONPATH"] = os.pathsep.join([shim, *(entry for entry in path if entry)])
    return env
