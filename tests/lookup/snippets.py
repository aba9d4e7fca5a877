"""Let a snippet raise in this process, and take down what a worker would."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from lookup.cases import Case
from mpdiag.model import Error
from mpdiag.worker import bind
from mpdiag.worker._error import describe_error

FILE = "/srv/job/snippet.py"


def show(program: str) -> None:
    """Make *program* what stands in the file of the snippets."""
    # No time of change: linecache keeps it.
    linecache.cache[FILE] = (len(program), None, program.splitlines(keepends=True), FILE)


def raised(program: str, args: tuple[object, ...]) -> tuple[BaseException, Callable[..., Any]]:
    """Return what ``task`` of *program* raises when it is called with *args*, and `task`."""
    show(program)
    names: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(program, FILE, "exec"), names)
    try:
        names["task"](*args)
    except Exception as error:
        return error, names["task"]
    raise AssertionError("it did not raise")


def raised_by(case: Case) -> BaseException:
    """Return what *case* raises."""
    return raised(case.program, deepcopy(case.args))[0]  # some change what they get


def captured(program: str, args: tuple[object, ...]) -> Error:
    """Return what is captured when ``task`` of *program* is called with *args*, and raises."""
    args = deepcopy(args)
    error, task = raised(program, args)
    _, _, inputs = bind(task, args, {})
    return describe_error(error, inputs=inputs)
