"""A queue whose items are counted until they are done, and who holds those that are not."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterable
from multiprocessing.context import BaseContext

from ..errors import ChannelError, ChannelTimeout, PeerDied
from ._book import COUNT, DONE, PID, RECEIVER, ROLE, SENDER, Book
from ._queues import QueueReceiver, QueueSender
from ._stream import deadline_of, wait_for

# Seconds between two looks while `join` waits.
EVERY = 0.005


class JoinableQueueSender(QueueSender):
    """A sender that can wait until its items are done."""

    def send_many(self, items: Iterable[object], timeout: float | None = None) -> None:
        """Send *items* one by one: each is a task of its own."""
        deadline, sent = deadline_of(timeout), 0
        try:
            for item in items:
                self.send(item, None if timeout is None else max(0.0, deadline - time.monotonic()))
                sent += 1
        except ChannelTimeout as error:
            error.sent = sent
            raise

    def join(self, timeout: float | None = None) -> None:
        """Wait until every task is done."""
        if not wait_for(self._all_done, deadline_of(timeout), self._never):
            held = self.holders()
            who = ", ".join(
                f"pid {pid} holds {n}" if pid else f"{n} not taken" for pid, n in held.items()
            )
            raise ChannelTimeout(f"{self.open_tasks()} tasks are open: {who}", holders=held)

    def open_tasks(self) -> int:
        """Return how many items were sent and are not done."""
        words, slots = self._book.words, self._book.slots()
        sent = sum(words[at + COUNT] for at in slots if words[at + ROLE] == SENDER)
        return int(sent - sum(words[at + DONE] for at in slots if words[at + ROLE] == RECEIVER))

    def holders(self) -> dict[int, int]:
        """Return the number of open tasks by who took them; 0 has those in the queue."""
        words = self._book.words
        held = {
            int(words[at + PID]): int(words[at + COUNT] - words[at + DONE])
            for at in self._book.slots()
            if words[at + ROLE] == RECEIVER and words[at + COUNT] > words[at + DONE]
        }
        waiting = self.open_tasks() - sum(held.values())
        return {**held, 0: waiting} if waiting else held

    def _all_done(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while self.open_tasks() > 0:
            if time.monotonic() >= end:
                return False
            time.sleep(EVERY)
        return True

    def _never(self) -> ChannelError | None:
        words = self._book.words
        held = self.holders()
        dead = {
            int(words[at + PID]): held[int(words[at + PID])]
            for at in self._book.slots()
            if words[at + PID] in held and words[at + ROLE] == RECEIVER and not self._book.alive(at)
        }
        if dead:
            who = ", ".join(f"pid {pid} ended with {n} open tasks" for pid, n in dead.items())
            return PeerDied(f"{who}: they will never be done", pids=tuple(dead))
        return self._verdict()


class JoinableQueueReceiver(QueueReceiver):
    """A receiver that says when an item is done."""

    def task_done(self) -> None:
        """Say that one item that this process took is done."""
        words, at = self._book.words, self._slot
        if self._pid != os.getpid() or words[at + DONE] >= words[at + COUNT]:
            raise ValueError("task_done: this process has no open task")
        words[at + DONE] += 1


def joinable_queue(
    *, maxsize: int = 0, context: BaseContext | None = None
) -> tuple[JoinableQueueReceiver, JoinableQueueSender]:
    """Return both ends of a `multiprocessing.JoinableQueue`, whose `join` has a deadline."""
    shared = (context or multiprocessing.get_context()).JoinableQueue(maxsize)
    book = Book()
    return JoinableQueueReceiver(book, shared), JoinableQueueSender(book, shared)
