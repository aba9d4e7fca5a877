"""The child of a sandbox: imports the program once, and makes each trial in a fork of itself."""

from __future__ import annotations

import gc
import json
import sys
import threading
from functools import partial
from multiprocessing.connection import Connection
from os import set_inheritable
from tempfile import TemporaryFile
from typing import Any

from ...worker import use_channel
from ..smaller._shrinking import Shrinker
from ._fork import in_fork
from ._made import Tell, make_calls, prepare
from ._rebuild import CannotRebuild


def serve_trials(handle: int) -> None:
    """Do what comes through *handle*, until it is closed."""
    set_inheritable(handle, False)
    use_channel(lambda _: True)  # a guard has nothing to tell anybody
    with Connection(handle) as road, TemporaryFile() as stacks:
        try:
            said = prepare(json.loads(road.recv_bytes()))
        except CannotRebuild as error:
            tell(road, "refused", why=str(error), said=[])
            return
        except EOFError:
            return
        gc.collect()
        gc.freeze()  # so that no fork copies what it does not use
        tell(road, "ready", said=said, threads=_threads())
        try:
            while True:
                _act(json.loads(road.recv_bytes()), road, stacks.fileno(), said)
        except (EOFError, OSError):
            sys.exit(0)


def tell(road: Connection, step: str, **more: object) -> None:
    """Tell the parent of *step*."""
    road.send_bytes(json.dumps({"step": step, **more}).encode())


def _threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one is not threading.main_thread()]


def _act(request: dict[str, Any], road: Connection, stacks: int, said: list[str]) -> None:
    if request["act"] == "shrink":
        told = partial(tell, road)
        Shrinker(request, road, told, stacks=stacks, fresh=bool(_threads())).run()
        tell(road, "done")
        return

    def work(tell_it: Tell) -> None:
        make_calls(request, tell_it)

    ended = in_fork(work, road, deadline=request["deadline"], stacks=stacks)
    answer = {"said": said, **ended.answer}
    tell(
        road,
        "trial",
        answer=answer,
        code=ended.code,
        overdue=ended.overdue,
        seconds=ended.seconds,
    )
    tell(road, "done")
