"""Tasks of the pools of these tests; a worker imports them."""

from __future__ import annotations

import os
from typing import Any

import mpdiag

started: list[str] = []


def answer(handle: Any, number: int) -> str:
    """Put *number* times two into what is shared; return how it was reached."""
    handle.put((number * 2, os.getpid()))
    return str(handle.how)


def answer_pair(handle: Any, number: int) -> str:
    """The same for pools that call it otherwise."""
    return answer(handle, number)


def remember(word: str) -> None:
    """Be a user's own initializer."""
    started.append(word)


def given(number: int) -> list[str]:
    """Put *number* into the queue of this pool; return what the user's initializer did."""
    mpdiag.inherited("results").put(number)
    return started


def not_given(name: str) -> object:
    """Ask for what is not there."""
    return mpdiag.inherited(name)


def nothing() -> None:
    """Do nothing."""


def use(kind: str, handle: Any) -> Any:
    """Use a primitive of each kind through its handle; return what that gave."""
    match kind:
        case "Lock" | "RLock" | "Semaphore" | "BoundedSemaphore":
            with handle:
                return True
        case "Condition":
            with handle:
                handle.notify_all()
                return True
        case "Event":
            handle.set()
            return handle.is_set()
        case "Value":
            handle.value = 7
            return handle.value == 7
        case "Array":
            handle[1] = 5
            return handle[1] == 5 and len(handle) == 3
        case "Barrier":
            return handle.parties == 2
        case "Connection":
            handle.send("from the worker")
            return True
        case "Queue" | "JoinableQueue" | "SimpleQueue":
            handle.put("from the worker")
            return True
    raise AssertionError(kind)


def wait_for_item(handle: Any, ready: Any) -> object:
    """Say that this worker is here, and wait for an item."""
    ready.put(os.getpid())
    return handle.get()


def say(queue: Any, reader: Any) -> None:
    """Put a word into a queue that came as itself, with a part of it beside."""
    queue.put("here" if reader.fileno() >= 0 else "closed")


def put_into_all(handles: list[Any]) -> list[str]:
    """Put a number into each; return how each was reached."""
    for number, handle in enumerate(handles):
        handle.put(number)
    return [str(handle.how) for handle in handles]
