"""Who is slow or waits beside others is told from who is stuck, on moments made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import pytest

from mpdiag.judge import judge_moment
from mpdiag.model import (
    End,
    Frame,
    Moment,
    ProcessMoment,
    Semaphore,
    Stuck,
    Task,
    ThreadMoment,
    Wait,
    Worker,
)

PROGRAM = 10


def process(
    pid: int,
    wait: Wait | None,
    frames: Sequence[Frame] = (),
    role: Literal["program", "worker", "other"] = "worker",
    **changes: Any,
) -> ProcessMoment:
    """Return a process with one thread, which runs when it has no *wait*."""
    thread = ThreadMoment(
        tid=pid,
        main=True,
        state="S" if wait else "R",
        wait=wait,
        frames=tuple(frames) or (frame("job"),),
    )
    is_worker = role == "worker"
    values = {
        "worker": Worker(pid=pid, number=pid - PROGRAM) if is_worker else None,
        "task": Task(target="job", label="Pool.map", index=pid) if is_worker else None,
        "state_of_worker": 4,
        "threads": (thread,),
        **changes,
    }
    parent = 1 if role == "program" else PROGRAM
    return ProcessMoment(pid=pid, parent=parent, role=role, state=thread.state, **values)


def frame(function: str, file: str = "/srv/job/app.py", line: int = 5) -> Frame:
    """Return a frame that calls something."""
    return Frame(file=file, line=line, function=function, source="    work(item)")


def library(module: str, function: str) -> Frame:
    """Return a frame of the standard library."""
    return frame(function, file=f"/usr/lib/python3.11/multiprocessing/{module}.py")


def judged(*processes: ProcessMoment) -> dict[int, Stuck]:
    """Return what is said of each, beside worker 1, which computes."""
    busy = process(11, None, cpu=2.0)
    now = Moment(at=101.0, processes=(process(PROGRAM, FUTEX, role="program"), busy, *processes))
    before = replace(now, at=100.0, processes=(replace(busy, cpu=1.0),))
    return {one.pids[0]: one for one in judge_moment(now, before)}


FUTEX = Wait(call="futex")
SOCKET = (End(fd=3, kind="socket", inode=70, reads=True, writes=True),)
PIPE = (End(fd=4, kind="pipe", inode=71, reads=True, writes=False),)
OTHER_END = (End(fd=5, kind="pipe", inode=71, reads=False, writes=True),)
WAITS = {
    "sleeps, not stuck": process(12, Wait(call="clock_nanosleep")),
    "waits for a socket, not stuck": process(12, Wait(call="recvfrom", fd=3), ends=SOCKET),
    "waits for a connection, not stuck": process(12, Wait(call="accept4", fd=3)),
    "waits for the end of pid 13, gzip, not stuck": process(12, Wait(call="wait4", pid=13)),
    "waits for a pipe of pid 13, gzip, not stuck": process(12, Wait(call="read", fd=4), ends=PIPE),
    "waits for a lock that worker 1 holds, not stuck": process(
        12,
        Wait(call="futex", semaphore=90),
        semaphores=(Semaphore(inode=90, value=0, holder=11),),
    ),
}


@pytest.mark.parametrize("headline", WAITS)
def test_what_a_worker_waits_for_is_named(headline: str) -> None:
    """Beside one that computes, a worker that waits has a sentence of its own, and is not stuck."""
    gzip = process(13, None, role="other", command="/usr/bin/gzip -c", ends=OTHER_END, threads=())
    told = judged(WAITS[headline], gzip)
    assert told[11].level == "slow"
    assert (told[12].level, told[12].verdict.headline) == ("waiting", headline)
    assert set(told) == {11, 12}


def test_a_wait_that_nobody_can_end_is_stuck_beside_one_that_computes() -> None:
    """Without a cause of the list it is still named, whatever the others do."""
    told = judged(process(12, FUTEX, [frame("job"), frame("wait", file="/usr/lib/x.py")]))
    assert told[12].level == "stuck"
    assert told[12].verdict.headline == "waiting, cause unknown"


def test_idle_workers_and_their_program_are_not_told_of() -> None:
    """Beside one that computes, a worker without a task, and who waits for results, say nothing."""
    idle = process(12, Wait(call="read", fd=4), ends=PIPE, task=None, state_of_worker=2)
    assert set(judged(idle)) == {11}


def alone(program: ProcessMoment, *, before: ProcessMoment | None = None) -> list[str]:
    """Return how loud what is said of *program* is, whose only worker is idle."""
    idle = process(12, Wait(call="read", fd=4), ends=PIPE, task=None, state_of_worker=2)
    feeder = replace(program, ends=OTHER_END)
    now = Moment(at=105.0, processes=(feeder, idle))
    then = replace(now, at=100.0, processes=(before or feeder, idle))
    return [one.level for one in judge_moment(now, then)]


SELECT = Frame(file="/usr/lib/python3.11/selectors.py", line=1, function="select")
EVENT = Frame(file="/usr/lib/python3.11/threading.py", line=1, function="wait")
OWN = (End(fd=7, kind="socket", inode=80, reads=True, writes=True, peer=81),)
SERVICES = {
    "asyncio": (Wait(call="epoll_wait", fd=7, until=1.0), SELECT),
    "scheduler": (Wait(call="futex", until=1.0), EVENT),
    "select": (Wait(call="select", fds=(7,), until=0.5), None),
    "signals": (Wait(call="rt_sigtimedwait"), None),
    "pause": (Wait(call="pause"), None),
    "fifo": (Wait(call="openat"), None),
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_looks_up_is_not_stuck(name: str) -> None:
    """A main thread that wakes by itself, or by a signal or a file, is alive."""
    wait, inner = SERVICES[name]
    stack = [frame("serve"), *([inner] if inner is not None else [])]
    assert "stuck" not in alone(process(PROGRAM, wait, stack, role="program"))


def test_the_same_without_a_timeout_is_stuck() -> None:
    """Who waits for an event for ever, with nobody to set it, is told of."""
    stack = [frame("serve"), EVENT, EVENT]
    assert alone(process(PROGRAM, FUTEX, stack, role="program")) == ["stuck"]


def test_a_timer_that_runs_down_keeps_its_program_alive() -> None:
    """A thread that is in the same wait as before will still end it; one that wakes in vain not."""
    program = process(PROGRAM, FUTEX, [frame("serve"), EVENT, EVENT], role="program")

    def at(left: float, *, task: Task | None = None) -> ProcessMoment:
        helper = ThreadMoment(
            tid=99, state="S", wait=Wait(call="futex", until=left), frames=(EVENT,)
        )
        return replace(program, threads=(*program.threads, helper), task=task)

    assert "stuck" not in alone(at(3.0), before=at(8.0))
    assert "stuck" not in alone(at(1.0), before=at(1.0))
    task = Task(target="job", label="Pool.map", index=0)
    assert alone(at(1.0, task=task), before=at(1.0, task=task)) == ["stuck"]


LIBRARY = "/usr/lib/python3.11"
AWAITED = {
    "joined": (Frame(file=f"{LIBRARY}/threading.py", line=1, function="join"), None),
    "result": (
        Frame(file=f"{LIBRARY}/concurrent/futures/_base.py", line=1, function="result"),
        Frame(file=f"{LIBRARY}/concurrent/futures/thread.py", line=1, function="_worker"),
    ),
    "items": (Frame(file=f"{LIBRARY}/queue.py", line=1, function="get"), None),
}


@pytest.mark.parametrize("name", AWAITED)
def test_a_task_whose_threads_sleep_between_requests_is_not_stuck(name: str) -> None:
    """Who waits for threads of its own that wake now and then waits for what may still come."""
    waits_in, outer = AWAITED[name]
    helper = ThreadMoment(
        tid=99,
        state="S",
        wait=Wait(call="clock_nanosleep", until=1.0),
        frames=(*([outer] if outer is not None else []), frame("ask")),
    )
    worker = process(12, FUTEX, [frame("job"), waits_in])
    assert judged(worker)[12].level == "stuck"
    assert judged(replace(worker, threads=(*worker.threads, helper)))[12].level == "waiting"
