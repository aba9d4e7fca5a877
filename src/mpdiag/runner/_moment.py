"""What every process of a run does at one moment: the kernel, the recorder and the stacks, joined.

evidence (/proc) ─┐
recorder files ───┼─▶ ProcessMoment, one for each ─▶ Moment ─▶ judge
stacks ───────────┘
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from .. import codec
from ..evidence import (
    Maps,
    Sight,
    Sockets,
    Stack,
    Thread,
    descendants,
    look_at_process,
    vitals,
)
from ..model import Moment, ProcessMoment, Semaphore, ThreadMoment, exit_status
from ..recorder import Kind, Reading, State
from ._crashes import inputs_of, is_crash, readings, task_of, worker_of
from ._ended import last_ended
from ._inside import inside
from ._stacks import Dump, ask
from ._things import Things, look_at_things

_Role: TypeAlias = Literal["program", "worker", "server", "python", "other"]
_SERVER_COMMANDS = (
    "from multiprocessing.resource_tracker import main",
    "from multiprocessing.forkserver import main",
)
_TAKES_LOCK = re.compile(r"\bwith\b|\.acquire\(")
_SERVER_FUNCTIONS = frozenset({"_run_server", "serve_forever"})
# Bytes below the address of a thread in which its stack may lie: the largest stack in use.
_DEEPEST_STACK = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Where a run is recorded, and how its inputs are shown."""

    folder: Path
    program: int
    mask: codec.Mask
    values: str = "full"
    cwd: str = ""
    """Where the program was started."""
    extra: tuple[int, ...] = ()
    """Processes that belong to it though they descend from nobody in it."""


def look(asker: Asker, *, stacks: bool = True, patience: float = 1.0) -> Moment:
    """Return what every living process of the run does now, and who is dead."""
    at = time.time()
    known = {reading.pid: reading for reading in readings(asker.folder)}
    alive = {pid: one for pid, one in known.items() if is_alive(one)}
    pids = members(asker, alive)
    dumps = ask(asker.folder, pids, patience=patience) if stacks else {}
    sockets, maps = Sockets(), cache(Maps)
    things = look_at_things(
        asker.folder, filter(_lives, pids), lambda pid, address: maps(pid).semaphore_at(address)
    )
    seen = [(dumps.get(pid), look_at_process(pid, sockets)) for pid in pids]
    processes = tuple(
        _process(asker, sight, dump, alive.get(sight.vitals.pid), things)
        for dump, sight in seen
        if sight is not None and sight.vitals.state not in "ZX"
    )
    known = {one.pid: one for one in last_ended(asker.folder)} | known
    gone = [one for pid, one in known.items() if pid not in alive]
    return Moment(
        at=at,
        processes=processes,
        dead=tuple(worker_of(one) for one in gone),
        broken=tuple(worker_of(one) for one in gone if _was_broken(one)),
        not_readable=_not_readable(processes),
        cwd=asker.cwd,
        shared=things.shared,
        held_at_fork=things.held_at_fork,
        dead_servers=things.dead_servers,
    )


def _lives(pid: int) -> bool:
    """Whether *pid* is there, and not only waits to be reaped."""
    now = vitals(pid)
    return now is not None and now.state not in "ZX"


def members(asker: Asker, alive: Mapping[int, Reading]) -> list[int]:
    """Return the processes of the run: the program, all below it, and workers elsewhere."""
    found = [asker.program, *descendants(asker.program), *alive, *asker.extra]
    return list(dict.fromkeys(pid for pid in found if pid))


def is_alive(reading: Reading) -> bool:
    """Whether the process that recorded is still there."""
    now = vitals(reading.pid)
    same = now is not None and reading.start_ticks in {0, now.started_ticks}
    return same and now is not None and now.state not in "ZX"


def _was_broken(reading: Reading) -> bool:
    """Whether a dead worker left something unfinished, or ended badly."""
    status = exit_status(reading.exitcode)
    ended_badly = bool(status.code or status.signal)
    return is_crash(reading) or reading.busy or reading.in_message or ended_badly


def _not_readable(processes: Iterable[ProcessMoment]) -> tuple[str, ...]:
    reasons = dict.fromkeys(
        f"stack of pid {one.pid} ({one.no_stack})"
        for one in processes
        if one.no_stack and one.role != "other"
    )
    return tuple(reasons)


def _process(
    asker: Asker, sight: Sight, dump: Dump | None, reading: Reading | None, things: Things
) -> ProcessMoment:
    vitals = sight.vitals
    threads = _threads(sight, dump)
    call = reading and _as_begun(reading)
    return ProcessMoment(
        pid=vitals.pid,
        parent=vitals.parent,
        role=_role(asker, sight, dump, reading, threads),
        state=vitals.state,
        cpu=vitals.cpu,
        command=sight.command,
        worker=worker_of(reading) if reading is not None else None,
        task=task_of(call) if call is not None else None,
        inputs=(
            inputs_of(call, mask=asker.mask, values=asker.values)
            if call is not None and call.busy
            else None
        ),
        state_of_worker=reading.state if reading is not None else 0,
        done=_done(reading) if reading is not None else 0,
        since=reading.created_ns / 1e9 if reading is not None else None,
        threads=threads,
        ends=sight.ends,
        semaphores=tuple(_with_holder(one, things) for one in sight.semaphores),
        no_stack=dump.why_not if dump is not None else "not asked",
    )


def _done(reading: Reading) -> int:
    """Return how many tasks have ended, those of the chunk it is at included."""
    return reading.done + (reading.offset if reading.busy else 0)


def _with_holder(semaphore: Semaphore, things: Things) -> Semaphore:
    """Say who took a semaphore last, if nobody can take it now."""
    if semaphore.value:
        return semaphore
    return replace(semaphore, holder=things.holders.get(semaphore.inode))


def _as_begun(reading: Reading) -> Reading:
    """Return a bare process as if it were in its call: what hangs may be its way out of it."""
    if reading.kind == Kind.PROCESS and reading.label and reading.state == State.ENDED:
        return replace(reading, state=State.RUNNING)
    return reading


def _role(
    asker: Asker,
    sight: Sight,
    dump: Dump | None,
    reading: Reading | None,
    threads: tuple[ThreadMoment, ...],
) -> _Role:
    if sight.vitals.pid == asker.program:
        return "program"
    if reading is not None:
        return "worker" if reading.kind != Kind.GUARD else "python"
    functions = {frame.function for thread in threads for frame in thread.frames}
    if any(words in sight.command for words in _SERVER_COMMANDS) or functions & _SERVER_FUNCTIONS:
        return "server"
    has_stack = dump is not None and bool(dump.threads)
    is_python = has_stack or "python" in sight.command.partition(" ")[0].rpartition("/")[2]
    return "python" if is_python else "other"


def _threads(sight: Sight, dump: Dump | None) -> tuple[ThreadMoment, ...]:
    """Return the threads of a process, those with a Python stack first joined with the kernel's."""
    stacks = {stack.ident: stack for stack in dump.threads} if dump is not None else {}
    owners = _owners(sight, set(stacks), dump.main if dump is not None else 0)
    found = [
        _thread(thread, stacks.pop(owners.get(thread.tid, -1), None), sight.vitals.pid)
        for thread in sight.threads
    ]
    # What ran while the kernel was asked has no stack pointer: one left on each side is a pair.
    rest = list(stacks.values())
    unpaired = [place for place, one in enumerate(found) if not one.frames and one.state == "R"]
    if len(rest) == len(unpaired) == 1:
        thread = sight.threads[unpaired[0]]
        found[unpaired[0]] = _thread(thread, rest.pop(), sight.vitals.pid)
    every = (*found, *(ThreadMoment(name=one.name, frames=one.frames) for one in rest))
    if not any(one.frames and _TAKES_LOCK.search(one.frames[-1].source) for one in every):
        return every
    return tuple(replace(one, inside=inside(one.frames)) for one in every)


def _owners(sight: Sight, idents: set[int], main: int) -> dict[int, int]:
    """Return which kernel thread is which of Python: its address lies just above its stack."""
    found = {sight.vitals.pid: main}
    left = sorted(idents - {main})
    for thread in sight.threads:
        if thread.tid == sight.vitals.pid or thread.stack is None:
            continue
        pointer, end = thread.stack
        above = [ident for ident in left if pointer < ident < min(end, pointer + _DEEPEST_STACK)]
        if above:
            found[thread.tid] = above[0]
    return found


def _thread(thread: Thread, stack: Stack | None, pid: int) -> ThreadMoment:
    frames = stack.frames if stack is not None else ()
    return ThreadMoment(
        tid=thread.tid,
        name=(stack.name if stack is not None else "") or thread.name,
        main=thread.tid == pid,
        state=thread.state,
        frames=frames,
        wait=thread.wait,
    )
