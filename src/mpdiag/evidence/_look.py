"""One process at one moment, as far as the kernel tells: what a hang is judged on."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..model import End, Semaphore, Wait
from . import _files
from ._descriptors import open_ends
from ._maps import Maps
from ._processes import command_line
from ._sockets import Sockets
from ._syscalls import Call, child, current_call, descriptors, until

# Fields of `_files.stat`.
_STATE, _PARENT, _CPU, _CPU_OF_CHILDREN, _START = 0, 1, (11, 12), (13, 14), 19
MOST_THREADS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What one line of the kernel says of a process; cheap enough to read all the time."""

    pid: int
    parent: int
    state: str
    cpu: float
    """Seconds of processor time of all its threads."""
    cpu_of_children: float
    """Of those that it has waited for."""
    started_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One thread as the kernel knows it."""

    tid: int
    name: str
    state: str
    wait: Wait | None
    stack: tuple[int, int] | None
    """Stack pointer, and the end of the memory it points into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """All that can be seen of a process from outside."""

    vitals: Vitals
    command: str
    threads: tuple[Thread, ...]
    ends: tuple[End, ...]
    semaphores: tuple[Semaphore, ...]


def vitals(pid: int) -> Vitals | None:
    """Return what the kernel says of *pid*; None when it is gone."""
    words = _files.stat(pid)
    if len(words) <= _START:
        return None
    tick = os.sysconf("SC_CLK_TCK")
    return Vitals(
        pid=pid,
        parent=int(words[_PARENT]),
        state=words[_STATE],
        cpu=sum(int(words[at]) for at in _CPU) / tick,
        cpu_of_children=sum(int(words[at]) for at in _CPU_OF_CHILDREN) / tick,
        started_ticks=int(words[_START]),
    )


def signals_of(pid: int) -> tuple[frozenset[int], frozenset[int]]:
    """Return which signals *pid* catches, and which its main thread blocks."""
    text = _files.read(f"/proc/{pid}/status")
    return _numbers(_files.field(text, "SigCgt")), _numbers(_files.field(text, "SigBlk"))


def _numbers(mask: str | None) -> frozenset[int]:
    bits = int(mask or "0", 16)
    return frozenset(number for number in range(1, 65) if bits >> number - 1 & 1)


def look_at_process(pid: int, sockets: Sockets | None = None) -> Sight | None:
    """Return all that can be seen of *pid*; None when it is gone."""
    found = vitals(pid)
    if found is None:
        return None
    maps = Maps(pid)
    return Sight(
        vitals=found,
        command=command_line(pid),
        threads=tuple(thread for tid in _tids(pid) if (thread := _thread(pid, tid, maps))),
        ends=open_ends(pid, sockets),
        semaphores=maps.semaphores(),
    )


def _tids(pid: int) -> list[int]:
    try:
        return sorted(map(int, os.listdir(f"{_files.ROOT}/proc/{pid}/task")))[:MOST_THREADS]  # noqa: PTH208
    except OSError:
        return []


def _thread(pid: int, tid: int, maps: Maps) -> Thread | None:
    text = _files.read(f"/proc/{pid}/task/{tid}/stat")
    if text is None:
        return None
    name = text.partition("(")[2].rpartition(")")[0]
    call = current_call(pid, tid)
    memory = maps.at(call.stack_pointer) if call is not None else None
    return Thread(
        tid=tid,
        name=name,
        state=(text.rpartition(")")[2].split() or ["?"])[0],
        wait=_wait(pid, call, maps) if call is not None else None,
        stack=(call.stack_pointer, memory.end) if call is not None and memory is not None else None,
    )


def _wait(pid: int, call: Call, maps: Maps) -> Wait:
    fds = descriptors(pid, call)
    futex = call.name == "futex"
    return Wait(
        call=call.name,
        fd=fds[0] if len(fds) == 1 else None,
        fds=fds,
        semaphore=maps.semaphore_at(call.arguments[0]) if futex else None,
        until=until(pid, call),
        pid=child(call),
    )
