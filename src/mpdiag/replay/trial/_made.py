"""Make recorded calls in this process, and tell what the last of them came to.

Runs in children only: it loads pickles and calls code of the user.
"""

from __future__ import annotations

import base64
import pickle
import sys
from collections.abc import Iterator
from typing import Any, Protocol

from ...model import to_plain
from ...worker import Call, recognised, refusal_to_send, restore_random
from ._gate import wait_at_gate
from ._import import import_main, live_as_in, restore
from ._rebuild import CannotRebuild, LiveCall, rebuild, rebuild_each


class Tell(Protocol):
    """Tells the parent of a step; each before it is taken, so that a death is known to be its."""

    def __call__(self, step: str, **more: object) -> None:
        """Tell of *step*."""
        ...


def prepare(request: dict[str, Any]) -> list[str]:
    """Make this process one in which the call can be made; return what is to be said of it.

    Raises:
        CannotRebuild: the program cannot be imported.
    """
    restore(request)
    if request["switch_interval"]:
        sys.setswitchinterval(request["switch_interval"])
    return import_main(request["origin"]["main_file"], request["origin"]["main_name"])


def make_calls(
    request: dict[str, Any], tell: Tell, live: LiveCall | None = None
) -> BaseException | None:
    """Make the calls that came before, whatever they come to, and then the one that failed.

    Returns what that one raised.  *live* takes its place if given.

    Raises:
        CannotRebuild: one of them cannot be had here.
    """
    if request["initializer"]:
        _initialize(base64.b64decode(request["initializer"]))
    for earlier, label in _earlier(request):
        _make_silently(earlier, label)
    if request["gate"]:
        wait_at_gate(request["gate"])
    return _make_call(live or live_call(request), request, tell)


def live_call(request: dict[str, Any]) -> LiveCall:
    """Return target and inputs of a call as live values; loads pickles.

    Raises:
        CannotRebuild: one of them cannot be had here.
    """
    callee = request["callee"]
    return rebuild(
        base64.b64decode(request["encoded"]),
        encoding=request["encoding"],
        offset=request["offset"],
        callee=base64.b64decode(callee) if callee is not None else None,
        target=request["target"],
    )


def _make_call(live: LiveCall, request: dict[str, Any], tell: Tell) -> BaseException | None:
    """Make one call, tell what it came to, and return what it raised."""
    live_as_in(request["label"])
    call = Call(live.target, live.args, live.kwargs, request["label"])
    if request["random"]:
        restore_random(base64.b64decode(request["random"]))
    tell("call")
    try:
        result = live.target(*live.args, **live.kwargs)
    except BaseException as error:
        mark, described = recognised(error, call)
        tell("raised", mark=mark, error=to_plain(described))
        return error
    tell("returned", unsendable=refusal_to_send(result) if request["prove"] else "")
    return None


def _earlier(request: dict[str, Any]) -> Iterator[tuple[LiveCall, str]]:
    messages = [base64.b64decode(one) for one in request["messages"]]
    for group in request["before"]:
        if "message" not in group:
            yield live_call(group), group["label"]
            continue
        for live in rebuild_each(messages[group["message"]], group["offsets"]):
            yield live, group["label"]


def _initialize(raw: bytes) -> None:
    """Run the initializer of the pool, as the worker did."""
    try:
        function, args = pickle.loads(raw)
        function(*args)
    except BaseException as error:
        what = f"{type(error).__name__}: {error}"
        raise CannotRebuild(f"the initializer of its pool raised {what}") from error


def _make_silently(live: LiveCall, label: str) -> None:
    live_as_in(label)
    try:
        live.target(*live.args, **live.kwargs)
    except BaseException:
        pass
