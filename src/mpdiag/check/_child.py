"""A fresh interpreter that imports the program as a spawned worker does, and loads what was sent.

Runs in a child of its own.  Each answer is a line that is written before the next step is taken.
"""

from __future__ import annotations

import base64
import io
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..worker import qualified_name

REQUEST, ANSWERS = "request.json", "answers.jsonl"


class _Loader(pickle.Unpickler):
    def persistent_load(self, _: object) -> object:
        """Stand for a lock, a queue or a connection, which a worker gets as it starts."""
        return _StandIn()


class _StandIn:
    """Takes every call and attribute of what it stands for."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> object:
        return self


def load_crossings(folder: str) -> None:
    """Do what the request in *folder* says."""
    from multiprocessing import process, spawn

    request = json.loads(Path(folder, REQUEST).read_text("utf-8"))
    with Path(folder, ANSWERS).open("a", encoding="utf-8", buffering=1) as answers:

        def tell(step: str, **more: object) -> None:
            answers.write(json.dumps({"step": step, **more}) + "\n")

        me: Any = process.current_process()
        me._inheriting = True  # as in a spawned child: to start processes is an error
        process.BaseProcess.start = _refuse  # type: ignore[assignment,method-assign]
        tell("import")
        home = {**request["home"], "start_method": "spawn"}
        if not _try(lambda: spawn.prepare(home), lambda error: tell("failed", **error)):
            return
        for number, raw in request["parts"]:
            tell("load", part=number)
            _try(lambda raw=raw: _load(raw), lambda error: tell("failed", **error))  # type: ignore[misc]
        tell("done")


def _refuse(_: object) -> None:
    """Raise what a start raises while the program is imported, whatever its start method."""
    from multiprocessing import spawn

    spawn._check_not_importing_main()  # type: ignore[attr-defined]


def _load(raw: str) -> object:
    return _Loader(io.BytesIO(base64.b64decode(raw))).load()


def _try(work: Callable[[], object], tell: Callable[[dict[str, object]], None]) -> bool:
    try:
        work()
    except BaseException as error:
        tell({"error": [qualified_name(type(error)), str(error)[:1000]], "frames": _frames(error)})
        return False
    return True


def _frames(error: BaseException) -> list[tuple[str, int, str]]:
    """Return file, line and function of its frames, outermost first."""
    found, link = [], error.__traceback__
    while link is not None:
        code = link.tb_frame.f_code
        found.append((code.co_filename, link.tb_lineno, code.co_name))
        link = link.tb_next
    return found[-50:]
