"""Decide why nothing moves: from a moment of all processes to what is stuck, and why.

Pure: what a process waits for, who could end the wait, and who is dead come with the moment.
The order is that of causes: what is in the way of others is looked for first, and who is stuck
only because of it is named with it, not for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..model import Moment, Stuck
from . import _locks, _loops, _managers, _partners, _pipes, _quiet, _threads, _workers
from ._telling import Telling
from ._waits import Waits

_LOOKS: tuple[Callable[[Waits, Telling], Iterator[Stuck]], ...] = (
    _locks.stopped,
    _locks.orphaned_lock,
    _locks.deadlock,
    _locks.held_at_fork,
    _threads.thread_deadlock,
    _loops.busy_wait,
    _pipes.join_before_drain,
    _pipes.both_send,
    _pipes.half_message,
    _managers.dead_manager,
    _pipes.two_readers,
    _pipes.own_end,
    _partners.joined_at_exit,
    _partners.open_tasks,
    _workers.no_workers,
    _workers.dead_worker,
    _partners.never_set,
    _partners.no_writer,
    _managers.unanswered,
    _loops.loop,
    _loops.slow,
)


def judge_moment(moment: Moment, previous: Moment | None = None) -> tuple[Stuck, ...]:
    """Return every trouble seen at *moment*, worst first; nothing when all is well.

    *previous* is an earlier moment, by which those who compute are told from those who wait.
    """
    waits = Waits(moment, previous)
    telling = Telling(waits)
    found: list[Stuck] = []
    claimed: set[int] = set()
    for look in _LOOKS:
        for stuck in look(waits, telling):
            if not claimed & set(stuck.pids):
                behind = _behind(waits, stuck, claimed) if stuck.level == "stuck" else set[int]()
                found.append(replace(stuck, waiting=tuple(sorted(behind))))
                claimed |= {*stuck.pids, *behind}
    for quiet in (_quiet.unknown, _quiet.waiting):
        for stuck in quiet(waits, telling, claimed):
            found.append(stuck)
            claimed |= {*stuck.pids, *stuck.waiting}
    return tuple(found)


def _behind(waits: Waits, stuck: Stuck, claimed: set[int]) -> set[int]:
    """Return who waits for those who are stuck, and for nobody who can still go on."""
    there = set(stuck.pids)
    behind: set[int] = set()
    edges = [(doing.pid, waits.needed(doing)) for doing in waits.doings]
    grows = True
    while grows:
        more = {pid for pid, needed in edges if needed & (there | behind)}
        more -= there | behind | claimed
        behind |= more
        grows = bool(more)
    return {pid for pid in behind if waits.by_pid[pid].role != "server"}
