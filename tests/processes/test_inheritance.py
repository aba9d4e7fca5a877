"""A queue that was passed to a task is reported with its argument, its line and the fix."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from mpdiag.patches._inheritance import WORDS, verdict_on
from mpdiag.testing import run_program

SCRIPT = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def work(number, results):
    results.put(number)


def nested(task):
    task[1]["to"].put(task[0])


if __name__ == "__main__":
    shared = multiprocessing.Queue()
    CALL
"""
POOL = "with multiprocessing.Pool(1) as pool:\n        "
EXECUTOR = "with ProcessPoolExecutor(1) as pool:\n        "
CALLS = {
    "apply": (f"{POOL}pool.apply(work, (1, shared))", "results"),
    "map": (f"{POOL}pool.map(nested, [(1, {{'to': shared}})])", "task[1]['to']"),
    "imap": (f"{POOL}list(pool.imap(nested, [(1, {{'to': shared}})]))", "task[1]['to']"),
    "submit": (f"{EXECUTOR}pool.submit(work, 1, results=shared).result()", "results"),
}


@pytest.mark.programs
@pytest.mark.parametrize("way", CALLS)
def test_the_argument_the_line_and_the_fix_are_named(way: str, tmp_path: Path) -> None:
    """Whichever method of whichever pool passed it, though a thread of the pool met it."""
    call, argument = CALLS[way]
    script = SCRIPT.replace("CALL", call)
    done = run_program(script, folder=tmp_path)
    said = " ".join(done.report.split())
    assert f"a Queue was passed to a task ({argument})" in said
    line = script[: script.index(call) + call.index("\n") + 1].count("\n") + 1
    assert f":{line}: " in said
    assert call.rpartition("\n")[2].strip()[:20] in said
    word = argument if argument == "results" else "queue"
    assert f"{word} = mpdiag.share({word}) before the pool is made" in said
    assert f"Pool(**mpdiag.initializer({word}={word}))" in said


class Holder:
    """An object of the user with a lock in it."""

    def __init__(self) -> None:
        self.parts = [1, multiprocessing.Lock()]


def target(first: Any, *more: Any) -> None:
    """Be called with something."""


def verdict(kind: str, *args: object) -> Any:
    """Return the verdict on a call with *args*."""
    error = RuntimeError(f"{kind} objects {WORDS}")
    return verdict_on(error, target, args, {}, ("/nowhere.py", 7))


def test_the_way_into_an_object_is_told() -> None:
    """Attributes, lists and further arguments are looked through without running their code."""
    assert verdict("Lock", Holder()).headline == "a Lock was passed to a task (first.parts[1])"
    assert "(*more[1][0])" in verdict("Lock", 1, 2, [multiprocessing.Lock()]).headline
    event = multiprocessing.Event()
    headline = "an Event was passed to a task (*more[0])"
    assert verdict("Condition", 1, event).headline == headline
    assert verdict("Lock", 1).evidence == (
        "somewhere in first is a Lock; a worker gets one only as it starts",
        "passed by /nowhere.py:7",
    )


def test_another_error_is_not_taken_for_it() -> None:
    """What cannot be pickled for another reason keeps its own words."""
    assert verdict_on(TypeError("cannot pickle"), target, (1,), {}, None) is None
