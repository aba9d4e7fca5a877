"""Programs run as a user runs them: a script in a folder, the real command, all it said.

run_program(source) ─▶ python -m mpdiag run script.py     in a session of its own
                          └─ the program ─ its workers    all ended at the deadline
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

SCRIPT = "script.py"


@dataclass(frozen=True, kw_only=True)
class Program:
    """How a program ended, and what it and mpdiag said."""

    folder: Path
    """Its working directory, with the store in it when there was something to say."""
    exit_code: int
    """As of `subprocess`: negative for a death by signal."""
    stdout: str
    stderr: str
    python: str = sys.executable

    @cached_property
    def report(self) -> str:
        """The end report: from the last group of lines that ``mpdiag:`` opens and closes."""
        lines = self.stderr.splitlines()
        ours = [number for number, line in enumerate(lines) if line.startswith("mpdiag:")]
        first = next((n for n in reversed(ours) if "(run " in lines[n]), ours[0] if ours else 0)
        return "\n".join(lines[first : ours[-1] + 1]) if ours else ""

    @cached_property
    def faults(self) -> list[dict[str, Any]]:
        """The faults in the store as public JSON, newest first; read by ``mpdiag ls --json``."""
        if not (self.folder / ".mpdiag").exists():
            return []
        done = run_command(
            [self.python, "-m", "mpdiag", "ls", "--json"], folder=self.folder, deadline=60
        )
        if done.exit_code != 0:
            raise RuntimeError(f"mpdiag ls: exit code {done.exit_code}: {done.stderr}")
        return list(json.loads(done.stdout)["faults"])

    @property
    def fault(self) -> dict[str, Any]:
        """The only fault in the store.

        Raises:
            LookupError: there are none, or several.
        """
        if len(self.faults) != 1:
            raise LookupError(f"{len(self.faults)} faults, not one:\n{self.stderr}")
        return self.faults[0]


def run_program(
    source: str,
    *arguments: str,
    folder: Path,
    options: Sequence[str] = (),
    deadline: float = 50,
    python: str = sys.executable,
    environment: Mapping[str, str] | None = None,
) -> Program:
    """Run *source* as ``mpdiag run [options] script.py [arguments]`` in *folder*.

    Raises:
        TimeoutError: it had not ended, or a process of it still held its output, after
            *deadline* seconds.  All of them were killed; the message has what was said.
    """
    (folder / SCRIPT).write_text(textwrap.dedent(source), encoding="utf-8")
    command = [python, "-m", "mpdiag", "run", *options, SCRIPT, *arguments]
    return run_command(command, folder=folder, deadline=deadline, environment=environment)


def run_command(
    command: Sequence[str],
    *,
    folder: Path,
    deadline: float,
    environment: Mapping[str, str] | None = None,
) -> Program:
    """Run *command* in *folder* and return how it ended; see `run_program`.

    *environment* is added to this process's own.
    """
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            _end_session(process.pid)
            stdout, stderr = process.communicate()
            raise TimeoutError(
                f"{' '.join(command)}: not ended after {deadline} s\n"
                f"--- stdout\n{stdout}\n--- stderr\n{stderr}"
            ) from None
        except BaseException:
            _end_session(process.pid)
            raise
    return Program(
        folder=folder,
        exit_code=process.returncode,
        stdout=stdout,
        stderr=stderr,
        python=command[0],
    )


def _end_session(leader: int) -> None:
    """Kill every process of the session that *leader* leads, whatever group it is in."""
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        try:
            if os.getsid(pid) == leader:
                os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
    try:
        os.killpg(leader, signal.SIGKILL)
    except OSError:
        pass
