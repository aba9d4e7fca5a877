"""Every setting once: its name, what it may be, what it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import _readers as read

_FLAG = "true or false"
_SIZE = 'a number of bytes or a size such as "64 MiB"'
_SECONDS = "a number of seconds from 0 on"
_COUNT = "a whole number from 0 on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, as it is called in every place that can set it."""

    name: str
    """A field of `Options`, or ``limits.`` and a field of `Limits`."""
    read: Callable[[object], object]
    allowed: str
    """Ends the sentence "must be ..."."""
    about: str
    variables: tuple[str, ...] = ()
    """Of the environment; the first that is set counts."""


def _setting(name: str, reader: Callable[[object], object], allowed: str, about: str) -> Setting:
    variable = "MPDIAG_" + name.upper().replace(".", "_")
    variables = ("MPDIAG_HOME", variable) if name == "store" else (variable,)
    return Setting(name=name, read=reader, allowed=allowed, about=about, variables=variables)


SETTINGS: tuple[Setting, ...] = (
    _setting("store", read.text, "a folder", "where faults are kept"),
    _setting(
        "values",
        read.choice("full", "text", "none"),
        "full, text or none",
        "what is kept of inputs: all, masked text only, or only names, types and sizes",
    ),
    _setting("keep_going", read.flag, _FLAG, "run the rest of a chunk after a failure"),
    _setting(
        "ignore",
        read.dotted_names,
        'a list of exception types such as ["TimeoutError", "requests.Timeout"]',
        "exceptions that are counted and not reported",
    ),
    _setting("log_context", read.flag, _FLAG, "add run, worker and task to your log records"),
    _setting("capture_fd", read.flag, _FLAG, "keep what C code of a worker writes, through a pipe"),
    _setting("record_random", read.flag, _FLAG, "keep random state before each task, for replay"),
    _setting(
        "hang_after", read.seconds, _SECONDS, "without progress until a hang is told; 0: never"
    ),
    _setting(
        "task_timeout", read.seconds, _SECONDS, "after which a pool's task and its worker are ended"
    ),
    _setting("rescue", read.flag, _FLAG, "undo a hang that a dead worker left to a stock pool"),
    _setting("quiet", read.flag, _FLAG, "say nothing unless there is a fault"),
    _setting("format", read.choice("text", "json"), "text or json", "of the report"),
    _setting("events", read.events, "a file, - or fd:N", "one JSON line for each event"),
    _setting(
        "exit_code_on_fault",
        read.exit_code,
        "a whole number from 0 to 255",
        "exit code when there was a fault; unset: the program's own",
    ),
    _setting(
        "secret_names",
        read.names,
        'a list of names such as ["pin"]',
        "names whose values are masked, besides password, token and the like",
    ),
    _setting("python", read.text, "an interpreter", "runs the program; unset: that of mpdiag"),
    _setting("limits.value_bytes", read.parse_size, _SIZE, "of one input"),
    _setting("limits.run_bytes", read.parse_size, _SIZE, "of all that one run keeps"),
    _setting("limits.store_bytes", read.parse_size, _SIZE, "of the store; oldest runs go first"),
    _setting("limits.first", read.count, _COUNT, "occurrences of a fault kept from its start"),
    _setting("limits.reservoir", read.count, _COUNT, "further occurrences, drawn at random"),
    _setting("limits.reservoir_bytes", read.parse_size, _SIZE, "of those"),
    _setting("limits.passing", read.count, _COUNT, "inputs kept of tasks that went well"),
    _setting("limits.passing_bytes", read.parse_size, _SIZE, "of those"),
)

BY_NAME = {setting.name: setting for setting in SETTINGS}
