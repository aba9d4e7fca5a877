"""Start, adopt and reap bare processes, and deliver what went wrong with them.

worker ── envelope ──▶ pipe of its own (or the shared queue) ──▶ one thread here ──▶ deliver
       ── sentinel ──────────────────────────────────────────▶
"""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from .. import channels
from ..judge import read_failure
from ..model import Crash, Failure
from ._child import run_supervised
from ._death import crash_of

# Seconds between a death and the end of what the dead worker still has in its pipe.
LAST_WORDS = 1.0


@dataclass(slots=True)
class _Watched:
    """What a supervisor knows of one worker; a process forgets its arguments at its start."""

    receiver: channels.EnvelopePipeReceiver | None
    target: Callable[..., object]
    args: tuple[object, ...]
    kwargs: dict[str, object]


class Supervisor:
    """Watches bare processes; use it as a context manager.

    Each finding, a `Failure` or a `Crash`, is kept in *findings* and handed to *deliver*, which
    runs in the supervisor's thread and must not block.  At the end of the ``with`` block all
    workers are joined; one that does not end within *grace* seconds is terminated.
    """

    def __init__(
        self,
        deliver: Callable[[Failure | Crash], object] | None = None,
        *,
        channel: Literal["pipe", "queue"] = "pipe",
        context: BaseContext | None = None,
        grace: float | None = None,
    ) -> None:
        self.findings: list[Failure | Crash] = []
        self._deliver, self._channel, self._grace = deliver, channel, grace
        self._context = context or multiprocessing.get_context()
        self._shared = channels.envelope_queue(self._context) if channel == "queue" else None
        self._roster: dict[BaseProcess, _Watched] = {}
        self._told: set[int] = set()
        self._terminated: set[BaseProcess] = set()
        self._ended = threading.Event()
        self._wake_reader, self._wake = connection.Pipe(duplex=False)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Supervisor:
        """Return the supervisor; nothing runs before the first worker."""
        return self

    def __exit__(self, *_: object) -> None:
        """Join all workers and deliver what they still have to tell."""
        self.close()

    def start(self, target: Callable[..., object], *args: object, **kwargs: object) -> BaseProcess:
        """Start a process that runs ``target(*args, **kwargs)``, and watch it."""
        receiver, sender = (
            channels.envelope_pipe(self._context) if self._shared is None else self._shared
        )
        process = self._context.Process(  # type: ignore[attr-defined]
            target=run_supervised, args=(sender, target, args, kwargs)
        )
        process.start()
        if isinstance(sender, channels.EnvelopePipeSender):
            sender.connection.close()  # else the pipe never ends here
        own = receiver if isinstance(receiver, channels.EnvelopePipeReceiver) else None
        self._take(process, _Watched(own, target, args, kwargs))
        return process  # type: ignore[no-any-return]

    def adopt(self, process: BaseProcess) -> None:
        """Watch a process that somebody else started: its end is all that can be seen."""
        self._take(process, _Watched(None, process.run, (), {}))

    def close(self) -> None:
        """Wait for all workers, then for all that they told."""
        self._ended.set()
        self._wake.send_bytes(b".")
        if self._thread is not None:
            # The thread alone reaps: two joins at once lose an exit status under forkserver.
            self._thread.join(self._grace)
            if self._thread.is_alive():
                for process in self._living():
                    self._terminated.add(process)
                    process.terminate()
                self._thread.join(LAST_WORDS * 10)
        for end in (self._wake, self._wake_reader):
            end.close()
        if self._shared is not None:
            self._shared[0].close()
            self._shared[0].queue.join_thread()

    def _living(self) -> list[BaseProcess]:
        with self._lock:
            return list(self._roster)

    def _take(self, process: BaseProcess, watched: _Watched) -> None:
        with self._lock:
            self._roster[process] = watched
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="mpdiag", daemon=True)
            self._thread.start()
        else:
            self._wake.send_bytes(b".")

    def _watch(self) -> None:
        """Runs in the supervisor's thread until all is told."""
        while self._roster or not self._ended.is_set():
            for ready in connection.wait(self._handles()):
                self._serve(ready)

    def _handles(self) -> list[Any]:
        with self._lock:
            handles: list[Any] = [process.sentinel for process in self._roster]
            readers = [watched.receiver for watched in self._roster.values()]
        handles += [reader.handle for reader in readers if reader is not None]
        if self._shared is not None:
            handles.append(self._shared[0].handle)
        return [*handles, self._wake_reader]

    def _serve(self, ready: object) -> None:
        if ready is self._wake_reader:
            self._wake_reader.recv_bytes()
        elif self._shared is not None and ready is self._shared[0].handle:
            self._tell(self._shared[0].receive())
        else:
            with self._lock:
                roster = list(self._roster.items())
            for process, watched in roster:
                if watched.receiver is not None and watched.receiver.handle is ready:
                    self._read(watched, watched.receiver)
                elif process.sentinel == ready:
                    self._reap(process, watched)

    def _read(self, watched: _Watched, receiver: channels.EnvelopePipeReceiver) -> None:
        message = receiver.receive()
        if message is None:
            receiver.close()
            watched.receiver = None
        self._tell(message)

    def _reap(self, process: BaseProcess, watched: _Watched) -> None:
        """Deliver a dead worker's last words, then its end."""
        receiver = watched.receiver
        while receiver is not None and receiver.handle.poll(0):
            message = receiver.receive()
            if message is None:
                break
            self._tell(message)
        if receiver is not None:
            receiver.close()
        while self._shared is not None and self._shared[0].handle.poll(0):
            self._tell(self._shared[0].receive())
        process.join(LAST_WORDS)
        with self._lock:
            self._roster.pop(process, None)
        if process.exitcode not in {0, None} and process.pid not in self._told:
            ours = process in self._terminated
            call = watched.target, watched.args, watched.kwargs
            self._found(crash_of(process, *call, terminated=ours))

    def _tell(self, message: bytes | None) -> None:
        if message is None:
            return
        try:
            self._found(read_failure(json.loads(message)))
        except (ValueError, KeyError, TypeError):
            pass  # not an envelope of ours

    def _found(self, finding: Failure | Crash) -> None:
        self._told.add(finding.worker.pid)
        self.findings.append(finding)
        if self._deliver is not None:
            try:
                self._deliver(finding)
            except Exception:
                pass  # whoever listens must not end the watch
