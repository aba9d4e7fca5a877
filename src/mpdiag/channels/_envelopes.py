"""The supervisor's own roads: envelopes from a worker, which never raise and never block it."""

from __future__ import annotations

import os
import select
import time
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.queues import Queue
from typing import Protocol

# Seconds that a worker waits for a full pipe before it takes another road.  Longer: a supervisor
# that hangs holds its workers.  Shorter: a busy one loses the order of what it is told.
PATIENCE = 1.0


class EnvelopeSender(Protocol):
    """The end that a worker writes to."""

    def send(self, message: bytes) -> bool:
        """Send *message*; False when the road is full or closed.  Never raises, never blocks."""
        ...


class EnvelopeReceiver(Protocol):
    """The end that the supervisor reads; one reader at a time."""

    @property
    def handle(self) -> Connection:
        """What `multiprocessing.connection.wait` takes."""
        ...

    def receive(self) -> bytes | None:
        """Return a message that is there, or None at the end or for a torn message."""
        ...

    def close(self) -> None:
        """Give the descriptor back."""
        ...


class EnvelopePipeSender:
    """The writing end of a pipe of one worker."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._broken = False

    def send(self, message: bytes) -> bool:
        """Send *message* whole, or give the pipe up."""
        if self._broken:
            return False
        try:
            self._write(len(message).to_bytes(4, "big") + message)
        except (OSError, ValueError):
            self._broken = True
        return not self._broken

    def _write(self, raw: bytes) -> None:
        """Write *raw* as `Connection.send_bytes` does, with a deadline.

        Raises:
            OSError: the reader is gone, or took too long: a part of the message may be written.
        """
        handle = self.connection.fileno()
        os.set_blocking(handle, False)
        deadline = time.monotonic() + PATIENCE
        while raw:
            _, ready, _ = select.select([], [handle], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            raw = raw[os.write(handle, raw) :]


class EnvelopePipeReceiver:
    """The reading end of a pipe of one worker."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def handle(self) -> Connection:
        """The connection itself."""
        return self.connection

    def receive(self) -> bytes | None:
        """Return the next message, or None when the worker has gone."""
        try:
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            return None

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class EnvelopeQueueSender:
    """The writing end of a queue that several workers share.

    Its feeder thread sends: what is on the way is lost when the worker is killed.
    """

    def __init__(self, queue: Queue[bytes]) -> None:
        self.queue = queue

    def send(self, message: bytes) -> bool:
        """Hand *message* to the feeder thread."""
        try:
            self.queue.put_nowait(message)
        except Exception:
            return False
        return True


class EnvelopeQueueReceiver:
    """The reading end of the shared queue."""

    def __init__(self, queue: Queue[bytes]) -> None:
        self.queue = queue

    @property
    def handle(self) -> Connection:
        """The connection below the queue."""
        reader: Connection = self.queue._reader  # type: ignore[attr-defined] # 3.10 to 3.13
        return reader

    def receive(self) -> bytes | None:
        """Return a message that is there."""
        try:
            return self.queue.get(timeout=PATIENCE)
        except Exception:
            return None

    def close(self) -> None:
        """Close the queue; nothing more is read."""
        self.queue.close()


def envelope_pipe(context: BaseContext) -> tuple[EnvelopePipeReceiver, EnvelopePipeSender]:
    """Return both ends of a road for one worker."""
    reader, writer = context.Pipe(duplex=False)
    return EnvelopePipeReceiver(reader), EnvelopePipeSender(writer)


def envelope_queue(context: BaseContext) -> tuple[EnvelopeQueueReceiver, EnvelopeQueueSender]:
    """Return both ends of a road that several workers share."""
    shared: Queue[bytes] = context.Queue()
    return EnvelopeQueueReceiver(shared), EnvelopeQueueSender(shared)
