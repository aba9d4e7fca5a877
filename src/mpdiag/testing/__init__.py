"""Faults to order, waiting with a deadline, and programs run as a user runs them."""

from ._deeds import FAULTS, Deed, at
from ._errors import (
    raise_base,
    raise_chained,
    raise_group,
    raise_local,
    raise_odd_new,
    raise_plain,
    raise_unpicklable,
    raise_with_lock,
    raise_with_socket,
    raise_wrong_reduce,
)
from ._exits import abort, bus_error, exit_call, hard_exit, interrupt, kill, segfault
from ._limits import stall, swell
from ._program import Program, run_command, run_program
from ._values import BlockingRepr, Unloadable, unloadable_result, unpicklable, unpicklable_result
from ._wait import wait_until

__all__ = (
    "FAULTS",
    "BlockingRepr",
    "Deed",
    "Program",
    "Unloadable",
    "abort",
    "at",
    "bus_error",
    "exit_call",
    "hard_exit",
    "interrupt",
    "kill",
    "raise_base",
    "raise_chained",
    "raise_group",
    "raise_local",
    "raise_odd_new",
    "raise_plain",
    "raise_unpicklable",
    "raise_with_lock",
    "raise_with_socket",
    "raise_wrong_reduce",
    "run_command",
    "run_program",
    "segfault",
    "stall",
    "swell",
    "unloadable_result",
    "unpicklable",
    "unpicklable_result",
    "wait_until",
)
