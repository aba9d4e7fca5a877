"""Locks, queues and pipes of a run are found again by what the kernel calls them."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from mpdiag.recorder import PIPE, SEMAPHORE, SharedThings, read_shared
from mpdiag.runner._things import look_at_things
from mpdiag.testing import run_program

PROGRAM = """
    import multiprocessing, os, shutil, sys, threading

    def hold(context, lock, ready):
        with lock:
            ready.send(os.getpid())
            ready.recv()

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        mine, yours = context.Pipe()
        lock = context.Lock()
        queue = context.JoinableQueue()
        worker = context.Process(target=hold, args=(None, lock, yours))
        worker.start()
        pid = mine.recv()
        shutil.copytree(os.environ["MPDIAG_RUN"], "seen")
        mine.send("go")
        worker.join()
        print(pid)
"""


class Owner:
    """Stands for a lock."""


@pytest.mark.programs
def test_who_holds_a_lock_and_where_it_was_made_is_recorded(
    tmp_path: Path, start_method: str
) -> None:
    """The worker that took a lock last, and the line of each lock, queue and pipe, are known."""
    done = run_program(PROGRAM, start_method, folder=tmp_path)
    assert done.exit_code == 0, done.stderr
    things = {thing.part: thing for thing in read_shared(tmp_path / "seen")}
    assert things["Lock"].taken_by == int(done.stdout)
    lines = {part: thing.place.rpartition("script.py:")[2] for part, thing in things.items()}
    wanted = textwrap.dedent(PROGRAM).splitlines()
    at = {wanted[int(line) - 1].strip() for line in lines.values()}
    assert at == {
        "mine, yours = context.Pipe()",
        "lock = context.Lock()",
        "queue = context.JoinableQueue()",
    }
    assert things["JoinableQueue.Semaphore"].kind == "JoinableQueue"


def test_parts_of_one_thing_are_joined(tmp_path: Path) -> None:
    """A queue is one thing with its pipe, its locks and its count of open tasks."""
    owners = [Owner(), Owner(), Owner()]
    things = SharedThings(str(tmp_path))
    queue, at = "JoinableQueue\x1f{}\x1f\x1fjob.py:3", 0x1000
    things.add(owners[0], PIPE, queue.format("Pipe"), group=1, numbers=(0, 77, 77))
    word = things.add(owners[1], SEMAPHORE, queue.format("Lock"), group=1, numbers=(at, 0, 0))
    counting = queue.format("JoinableQueue.Semaphore")
    things.add(owners[2], SEMAPHORE, counting, group=1, numbers=(at * 2, 0, 0))
    things.words[word] = 4711
    found = look_at_things(tmp_path, [os.getpid()], lambda _, address: address + 1)
    (one,) = found.shared
    assert (one.kind, one.place, one.ends) == ("JoinableQueue", "job.py:3", (77,))
    assert one.semaphores == (at + 1, at * 2 + 1)
    assert one.open_tasks == at * 2 + 1
    assert found.holders == {at + 1: 4711}
    things.close()


def test_an_address_that_is_used_again_belongs_to_the_newer_lock(tmp_path: Path) -> None:
    """What was at an address before is left out."""
    owners = [Owner(), Owner()]
    things = SharedThings(str(tmp_path))
    for number, owner in enumerate(owners, 1):
        text = f"Lock\x1fLock\x1f\x1fjob.py:{number}"
        things.add(owner, SEMAPHORE, text, group=number, numbers=(0x1000, 0, 0))
    found = look_at_things(tmp_path, [os.getpid()], lambda _, address: address)
    assert [one.place for one in found.shared] == ["job.py:2"]
    things.close()
