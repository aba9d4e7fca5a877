"""Hangs are told apart, judged on moments that programs of tests/hangs were seen at."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hangs.table import BY_NAME
from mpdiag.judge import judge_moment
from mpdiag.model import Cause, Certainty, Moment, Stuck, from_plain

MOMENTS = Path(__file__).parent.parent / "hangs" / "moments"
FILES = sorted(MOMENTS.glob("*.json"))
# Lines that a report may have before the stacks, to fit on a screen with its head and its end.
SCREEN = 18


def seen(stem: str) -> tuple[Moment, Moment]:
    """Return the two moments of a program, the earlier first."""
    first, second = json.loads((MOMENTS / f"{stem}.json").read_text("utf-8"))
    return from_plain(Moment, first), from_plain(Moment, second)


def judged(stem: str) -> tuple[Stuck, ...]:
    """Return what is said of a program."""
    before, now = seen(stem)
    return judge_moment(now, before)


def rows(stuck: Stuck) -> dict[str, str]:
    """Return the text of each row by its label."""
    return {row.label: f"{row.text} {row.place}".strip() for row in stuck.rows}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_program_gets_its_own_verdict_and_no_other(path: Path) -> None:
    """One trouble is found, it is the one the program has, and it comes with a remedy."""
    program = BY_NAME[path.stem.partition("-")[0]]
    found = judged(path.stem)
    if not program.hangs:
        level = program.level or program.verdict
        levels = {one.level for one in found}
        assert levels <= {"waiting"} if level == "nothing" else levels == {level}
        causes = {one.verdict.cause for one in found} - {Cause.UNKNOWN}
        assert causes == ({Cause(program.verdict)} if program.level else set())
        return
    (one,) = found
    assert one.level == "stuck"
    assert one.verdict.cause.value == program.verdict
    assert one.verdict.fix
    assert one.verdict.evidence
    lines = sum(len(row.text) // 60 + 1 for row in one.rows)
    assert lines < SCREEN


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everybody_who_is_stuck_is_named(path: Path) -> None:
    """Each process of a hang that has a task, or is the program, is in it or waits behind it."""
    _, now = seen(path.stem)
    found = [one for one in judged(path.stem) if one.level == "stuck"]
    named = {pid for one in found for pid in (*one.pids, *one.waiting)}
    if found:
        assert {one.pid for one in now.processes if one.role == "program"} <= named


def test_join_before_drain_is_told_with_its_queue_and_its_line() -> None:
    """The report has who joins, who cannot end, how full the pipe is, and where it was made."""
    (one,) = judged("join_before_drain-fork")
    told = rows(one)
    assert told["main"].endswith(
        "waits in reader.join(), for the end of worker 1 join_before_drain.py:16"
    )
    assert "has returned from fetch(results) but cannot end" in told["worker 1"]
    assert "of 65,536 bytes" in told["worker 1"]
    assert told["queue"] == "made at join_before_drain.py:13; only main could read it, and cannot"
    assert one.verdict.certainty is Certainty.PROVEN


def test_a_lock_held_at_fork_names_the_thread_and_the_lock() -> None:
    """The thread that took the lock along is named, though it does not exist in the child."""
    told = rows(judged("lock_at_fork-fork")[0])
    assert "cache_lock was held by thread 'refresher' of the parent" in told["lock"]
    assert "lock_at_fork.py:" in told["lock"]


def test_a_deadlock_of_threads_is_possible_and_names_the_locks() -> None:
    """Stacks and source show who waits inside of what; that proves nothing, and so it is said."""
    (one,) = judged("thread_deadlock-fork")
    assert one.verdict.headline == "deadlock of 2 threads of one process, possible"
    texts = [row.text for row in one.rows]
    assert any("main thread waits for ledger, inside with accounts" in text for text in texts)
    assert any("waits for accounts, inside with ledger" in text for text in texts)


def test_a_wait_at_a_manager_names_the_manager_and_the_call() -> None:
    """Not the connection is named that happens to be between them, but what was asked for."""
    (one,) = judged("manager_queue-fork")
    told = rows(one)
    assert one.verdict.headline == "manager's queue that nobody alive will write to, likely"
    assert "for get() of a manager" in told["worker 1"]
    assert told["manager"].endswith("lives; all who could call it wait, or are idle")


def test_what_can_still_go_on_is_not_stuck() -> None:
    """The same moment is no hang once the one who could end it has the processor."""
    _, now = seen("no_writer-fork")
    program = now.processes[0]
    thread = replace(program.threads[0], state="R", wait=None)
    busy = replace(program, threads=(thread, *program.threads[1:]))
    assert [one.level for one in judge_moment(replace(now, processes=(busy,)))] == []


def test_a_stopped_process_comes_before_what_it_keeps_from_ending() -> None:
    """Who waits for a stopped process is named behind it, not as a hang of its own."""
    (one,) = judged("stopped-fork")
    assert one.verdict.fix == f"kill -CONT {one.pids[0]}"
    assert one.waiting


def test_without_recording_the_verdict_is_weaker_but_there() -> None:
    """When nobody recorded locks and queues, waits are still seen, and nothing is made up."""
    _, now = seen("orphaned_lock-fork")
    bare = [
        replace(process, semaphores=tuple(replace(one, holder=None) for one in process.semaphores))
        for process in now.processes
    ]
    (one,) = judge_moment(replace(now, processes=tuple(bare), shared=()))
    assert one.verdict.cause is Cause.UNKNOWN
    assert one.level == "stuck"


def test_an_empty_moment_says_nothing() -> None:
    """A run of which nothing could be seen has no verdict."""
    assert judge_moment(Moment(at=0.0, processes=())) == ()
