"""A thread of the process that has a primitive, which does the calls of workers that have not.

    worker: handle.put(x) ──▶ (key, "put", x) ──▶ thread of the owner: queue.put(x) ──▶ the pipe
                          ◀── (True, None) ◀──

As a Manager's server, but with the primitive itself: whoever inherited it and whoever did not use
the same one.  A worker that dies while it waits takes no item along.
"""

from __future__ import annotations

import os
import queue as stock
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError, process
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from typing import Any

from ..errors import SharerGone
from ._known import known

# Seconds between two looks at whether a worker that waits for an item is still there.  Longer: one
# that died takes an item that comes within it.  Shorter: waiting costs the owner more.
SLICE = 0.1
# Seconds between two looks at whether the owner still lives.  Its death is told at once, unless a
# process that it forked holds the connection open.
LOOK = 1.0


class Server:
    """Serves the primitives of this process; made when a handle leaves for a worker without."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._listener = Listener(None, backlog=64)
        self.address = self._listener.address
        self._connections: set[Connection] = set()
        self._closing = threading.Lock()
        self._closed = False
        threading.Thread(target=self._accept, name="mpdiag-share", daemon=True).start()

    def close(self) -> None:
        """End its threads; a call that waits ends within a moment."""
        self._closed = True
        try:
            Client(self.address).close()  # wakes the thread that accepts
        except OSError:
            pass
        self._listener.close()
        with self._closing:
            for connection in self._connections:
                _hang_up(connection)

    def forget(self) -> None:
        """Give its descriptors back, and leave its name to the process that has it."""
        os.close(self._listener._listener._socket.detach())  # type: ignore[attr-defined]
        for connection in self._connections:
            connection.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection = self._listener.accept()
            except (OSError, AttributeError):  # closed, or just being closed
                return
            with self._closing:
                self._connections.add(connection)
            threading.Thread(
                target=self._serve, args=(connection,), name="mpdiag-share", daemon=True
            ).start()

    def _serve(self, connection: Connection) -> None:
        """Do the calls of one thread of a worker, in a thread of their own: it may own locks."""
        try:
            deliver_challenge(connection, bytes(process.current_process().authkey))
            answer_challenge(connection, bytes(process.current_process().authkey))
            while not self._closed:
                self._one_call(connection)
        except Exception:
            pass  # the worker is gone, or none of ours
        finally:
            with self._closing:
                self._connections.discard(connection)
                connection.close()

    def _one_call(self, connection: Connection) -> None:
        undo: Callable[[], object] | None = None
        raw = connection.recv_bytes()
        try:
            answer, undo = _done(raw, connection, lambda: self._closed)
        except _Gone:
            raise
        except Exception as error:
            answer = False, error
        try:
            _answer(connection, answer)
        except OSError:
            if undo is not None:
                undo()
            raise


def _hang_up(connection: Connection) -> None:
    """End the wait of the thread that reads; it alone closes, or a number would be closed twice."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side has gone


class _Gone(Exception):
    """Nobody waits for the answer any more."""


def _done(
    raw: bytes, connection: Connection, closed: Callable[[], bool]
) -> tuple[tuple[bool, object], Callable[[], object] | None]:
    """Do the call in *raw*; return the answer, and what takes it back if it cannot be given."""
    import pickle

    key, act, name, args, kwargs = pickle.loads(raw)
    primitive: Any = known(key)
    if primitive is None:
        raise SharerGone(f"pid {os.getpid()} shared this and has dropped it")
    if act == "read":
        return (True, getattr(primitive, name)), None
    if act == "write":
        setattr(primitive, name, args[0])
        return (True, None), None
    if name in {"get", "recv"}:
        item = _take(primitive, _waits(*args, **kwargs), connection, closed)
        put = getattr(primitive, "put", None)
        return (True, item), (lambda: put(item)) if put else None
    return (True, getattr(primitive, name)(*args, **kwargs)), None


def _take(
    primitive: Any,
    waits: tuple[bool, float | None],
    connection: Connection,
    closed: Callable[[], bool],
) -> object:
    """Take an item, in slices: an item must not go to a worker that died while it waited."""
    block, timeout = waits
    deadline = float("inf") if timeout is None else time.monotonic() + timeout
    ready = getattr(primitive, "_poll", None) or getattr(primitive, "poll", None)
    while True:
        rest = max(0.0, min(SLICE, deadline - time.monotonic())) if block else 0.0
        if hasattr(primitive, "get_nowait"):
            try:
                return primitive.get(rest > 0, rest)
            except stock.Empty:
                if not block or time.monotonic() >= deadline:
                    raise
        elif ready is None or ready(rest):
            return primitive.get() if hasattr(primitive, "get") else primitive.recv()
        if closed() or connection.poll(0):  # it sends nothing while it waits: this is its end
            raise _Gone


def _waits(block: bool = True, timeout: float | None = None) -> tuple[bool, float | None]:
    return block, timeout


def _answer(connection: Connection, answer: tuple[bool, object]) -> None:
    try:
        connection.send(answer)
    except OSError:
        raise
    except Exception as error:  # it cannot be pickled
        connection.send((False, TypeError(f"the answer cannot be sent to a worker: {error}")))


class Remote:
    """The primitive of another process, reached by its server; each thread has a connection."""

    def __init__(self, server: tuple[int, str], key: str, kind: str) -> None:
        self._server, self._key, self._kind = server, key, kind
        self._local, self._pid = threading.local(), os.getpid()

    def call(self, act: str, name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> Any:
        """Have it done there, and return or raise what came of it.

        Raises:
            SharerGone: the process does not answer.
        """
        try:
            connection = self._connection()
            connection.send((self._key, act, name, args, kwargs))
            self._wait(connection)
            worked, value = connection.recv()
        except (EOFError, OSError, AuthenticationError) as error:
            self._local.connection = None
            whose = f"pid {self._server[0]}, which has this {self._kind},"
            raise SharerGone(f"{whose} does not answer ({type(error).__name__})") from None
        except BaseException:
            self._local.connection = None  # an answer may still come, to a question of the past
            raise
        if worked:
            return value
        raise value

    def _connection(self) -> Any:
        if self._pid != os.getpid():  # a fork must not write into its parent's connection
            self._local, self._pid = threading.local(), os.getpid()
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = Client(self._server[1])
            key = bytes(process.current_process().authkey)
            self._wait(connection)
            answer_challenge(connection, key)
            deliver_challenge(connection, key)
            self._local.connection = connection
        return connection

    def _wait(self, connection: Any) -> None:
        """Wait for an answer for as long as there may be one: a fork may hold the other end open.

        Raises:
            ProcessLookupError: the process is gone.
        """
        while not connection.poll(LOOK):
            os.kill(self._server[0], 0)


_servers: dict[int, Server] = {}


def address() -> tuple[int, str]:
    """Return who this process is and where its server listens; it is started if it was not."""
    if os.getpid() not in _servers:
        _servers[os.getpid()] = Server()
    return os.getpid(), str(_servers[os.getpid()].address)


def stop() -> None:
    """End the server of this process, if it has one."""
    server = _servers.pop(os.getpid(), None)
    if server is not None:
        server.close()


def _begin_child() -> None:
    """Give back what a fork has of its parent's server; its threads are not here."""
    while _servers:
        _servers.popitem()[1].forget()


os.register_at_fork(after_in_child=_begin_child)
