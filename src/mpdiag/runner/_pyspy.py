"""Local variables of a process that goes on, read from outside by py-spy where it may.

py-spy is no part of mpdiag and runs as a process of its own: what it cannot do is one sentence.
"""

from __future__ import annotations

import json
import linecache
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..codec import MASKED, Mask
from ..model import Frame, Moment, ProcessMoment, Snapshot, ThreadMoment

# Seconds for one process.  Shorter: on a loaded machine there is no answer.
PATIENCE = 10.0
# Characters of one value.
_TEXT = 200
# Values that are in most frames and tell nothing.
_DULL = ("<module ", "<function ", "<type ", "<builtin_function_or_method ")
# Where a worker's own frames begin.
_START = "/multiprocessing/process.py"
_OURS = str(Path(__file__).parents[1]) + os.sep


def with_locals(moment: Moment, mask: Mask, *, values: str = "full") -> tuple[Moment, str]:
    """Return *moment* with the stacks that py-spy sees, locals included; else why there are none.

    Each Python process of it is stopped for some milliseconds.
    """
    tool = _find()
    if tool is None:
        return moment, "py-spy is not installed: pip install 'mpdiag[pyspy]'"
    if values == "none":
        return moment, "the run keeps no values (--values none)"
    troubles: list[str] = []
    processes = tuple(_look(one, tool, mask, troubles) for one in moment.processes)
    return replace(moment, processes=processes), "; ".join(dict.fromkeys(troubles))


def _find() -> str | None:
    """Return the path of py-spy: beside this Python, or where the shell finds it."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("py-spy", path=beside) or shutil.which("py-spy")


def _look(process: ProcessMoment, tool: str, mask: Mask, troubles: list[str]) -> ProcessMoment:
    if process.role == "other":
        return process
    command = [tool, "dump", "--pid", str(process.pid), "--locals", "--json"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if done.returncode:
            troubles.append(_reason(done.stderr))
            return process
        found = {int(one["os_thread_id"]): _frames(one, mask) for one in json.loads(done.stdout)}
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired) as error:
        troubles.append(f"py-spy gave no answer for pid {process.pid}: {error}"[:_TEXT])
        return process
    threads = tuple(_joined(one, found) for one in process.threads)
    seen = any(one.frames for one in threads)
    return replace(process, threads=threads, no_stack="" if seen else process.no_stack)


def _reason(said: str) -> str:
    if "ermission" in said:
        return (
            "py-spy may not read this process: run the command as root, set"
            " kernel.yama.ptrace_scope to 0, or start the container with --cap-add SYS_PTRACE"
        )
    return f"py-spy: {said.strip().partition(chr(10))[0][:_TEXT]}"


def _joined(thread: ThreadMoment, found: dict[int, tuple[Frame, ...]]) -> ThreadMoment:
    frames = found.get(thread.tid or 0, ())
    return replace(thread, frames=frames) if frames else thread


def _frames(thread: dict[str, Any], mask: Mask) -> tuple[Frame, ...]:
    """Return the frames of *thread*, outermost first, without those of mpdiag.

    A forked worker stands on the frames of its owner, which are left out as well.
    """
    frames = tuple(
        Frame(
            file=str(one["filename"]),
            line=int(one["line"]),
            function=str(one["name"]),
            source=linecache.getline(str(one["filename"]), int(one["line"])).rstrip("\n"),
            locals={
                str(each["name"]): _value(str(each["name"]), each.get("repr"), mask)
                for each in one.get("locals") or ()
                if not str(each.get("repr")).startswith(_DULL)
            },
        )
        for one in reversed(thread["frames"])
        if not str(one["filename"]).startswith(_OURS)
    )
    starts = [place for place, one in enumerate(frames) if one.file.endswith(_START)]
    return frames[starts[-1] + 1 :] if starts else frames


def _value(name: str, text: object, mask: Mask) -> Snapshot:
    if mask.hides(name):
        return Snapshot(text=MASKED)
    return Snapshot(text=mask.text(str(text))[:_TEXT] if text is not None else "")
