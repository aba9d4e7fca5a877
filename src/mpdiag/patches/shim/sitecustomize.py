# mypy: ignore-errors
# ruff: noqa: ANN202, INP001, PTH

"""Arm this Python if it has the mpdiag of the run around it; else do nothing at all.

Must be valid from Python 2.7 on: the run's environment reaches every Python that it starts.
"""

import os
import sys


def _leave_path():
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]


def _arm():
    version, _, home = os.environ.get("MPDIAG_SHIM", "").partition(":")
    if version != ".".join(map(str, sys.version_info[:2])) or home not in sys.path:
        return
    from mpdiag.patches import arm_program

    arm_program()


def _chain():
    ours = sys.modules.pop("sitecustomize", None)
    try:
        __import__("sitecustomize")
    except ImportError as error:
        if "sitecustomize" not in str(error):
            raise
    finally:
        sys.modules.setdefault("sitecustomize", ours)


_leave_path()
try:
    _arm()
except Exception:  # the guest must not break the house
    pass
_chain()
