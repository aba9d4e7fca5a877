"""A fresh interpreter for code of the user: it is waited for, and all that it started goes with it.

parent                                            child (_child)
──────                                            ─────
request.json ─────────────────────────▶ restore, import, load, call
answer.json  ◀── "import" ... "call" ... what it came to
exit status  ◀── of a call that ends the process

Nothing here loads or calls anything of the user in the parent.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

REQUEST, ANSWER, STACKS = "request.json", "answer.json", "stacks.txt"
# Seconds that a child may take beyond its deadline before it is killed: to dump its stacks.
GRACE = 2.0
_BOOT = "import sys; sys.path[:1] = []; sys.path.append({home!r}); {rest}"
_LEASH = "from mpdiag.worker import end_with_parent; end_with_parent({parent}); "
_CALL = "from mpdiag.replay import call_in_child; call_in_child({folder!r})"


class Ended(NamedTuple):
    """What a child left."""

    answer: dict[str, Any]
    """The last step that it told of, with what belongs to it."""
    code: int
    """As of `subprocess`: negative for a signal."""
    overdue: bool
    """It was killed at its deadline."""
    seconds: float


def run_child(
    request: dict[str, Any],
    environ: Mapping[str, str],
    *,
    quiet: bool = False,
    begun: Callable[[int], None] = lambda _: None,
) -> Ended:
    """Do what *request* says in a fresh child, with *environ* for its environment.

    A request for a debugger gives the child the terminal, and no deadline.  *quiet* takes its
    output away.  *begun* is told its process id.
    """
    pdb = request["pdb"]
    with tempfile.TemporaryDirectory(prefix="mpdiag-replay-") as name:
        folder = Path(name)
        (folder / REQUEST).write_text(json.dumps(request), "utf-8")
        started = time.monotonic()
        code = _LEASH.format(parent=os.getpid()) + _CALL.format(folder=name)
        process = start(code, environ, quiet=quiet, alone=not pdb)
        begun(process.pid)
        deadline = None if pdb else request["deadline"] + GRACE
        with _without_ctrl_c() if pdb else nullcontext():
            status, overdue = wait(process, deadline, alone=not pdb)
        seconds = time.monotonic() - started
        return Ended(_read(folder), status, overdue, seconds)


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Leave Ctrl-C to the child that has the terminal: its prompt is never taken down."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def start(
    code: str,
    environ: Mapping[str, str],
    *,
    quiet: bool,
    alone: bool = True,
    handles: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start Python with *code*; *alone* in a session of its own, without the terminal."""
    home = str(Path(__file__).parents[3])
    output = subprocess.DEVNULL if quiet else None
    return subprocess.Popen(
        [sys.executable, "-c", _BOOT.format(home=home, rest=code)],
        env=environ,
        stdin=subprocess.DEVNULL if alone else None,
        stdout=output,
        stderr=output,
        start_new_session=alone,
        pass_fds=tuple(handles),
    )


def in_fresh_python(code: str, environ: Mapping[str, str], *, deadline: float) -> tuple[int, bool]:
    """Run *code* in silence; return its exit code, and whether it was killed at its deadline."""
    code = _LEASH.format(parent=os.getpid()) + code
    return wait(start(code, environ, quiet=True), deadline)


def wait(
    process: subprocess.Popen[bytes], deadline: float | None, *, alone: bool = True
) -> tuple[int, bool]:
    """Return its exit code, and whether it had to be killed at its deadline."""
    try:
        return process.wait(deadline), False
    except subprocess.TimeoutExpired:
        return 0, True
    finally:
        end(process, alone=alone)


def end(process: subprocess.Popen[bytes], *, alone: bool = True) -> None:
    """Leave neither the child behind nor what it started."""
    try:
        if alone:
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            process.kill()
    except (OSError, AttributeError):
        pass
    process.wait()


def _read(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / ANSWER).read_text("utf-8"))
    except (OSError, ValueError):
        found = {"step": "start", "said": []}
    return {**found, "stacks": stacks_in(folder / STACKS)}


def stacks_in(file: Path) -> str:
    """Return what faulthandler wrote."""
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
