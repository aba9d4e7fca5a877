"""What a worker has to tell of the frame it is at: results, and what went wrong.

Runs in the child.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable

from ..worker import WorkerState
from ._buffers import Shelf
from ._refused import Unsendable
from ._wire import RESULTS, framed

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    import socket

    from ._bare import Bare
    from ._buffers import Packed
    from ._ledger import Ledger

# What a failure without a pickle of its own counts for in the bytes that are held back.
FAILED_BYTES = 200
# How the message of a failure begins, see `worker.capture`.
_FAILURE = b'{"v":1,"type":"failure",'


class Answers:
    """Keeps them until they leave."""

    def __init__(self, end: socket.socket, state: WorkerState, kind: int) -> None:
        self._end, self._shelf = end, Shelf(end)
        self._parcel = self._shelf.parcel(-1, 0)
        self.state, self.words, self._kind = state, state.words, kind
        self._envelopes: list[bytes] = []
        self._values: list[object] = []
        self._raws: dict[int, Packed] = {}
        self._failed: dict[int, tuple[bytes | Bare, list[bytes]]] = {}
        self._bad: list[int] = []
        """Offsets of the tasks of this frame that failed."""
        self._sent = self._bytes = 0
        self._telling = 0
        """Nanoseconds of this frame that it took to tell of failures, which no task takes."""
        self.ledger: Ledger | None = None
        self._urgent = False
        """A result has to leave before the next task begins."""
        self._tell: Callable[..., bytes | Bare] | None = None

    def _keep_envelope(self, line: bytes) -> bool:
        """Have the owner told of a failure, too, which a run around the program is told of."""
        if line.startswith(_FAILURE):
            self._envelopes.append(line)
        return not self.state.around.watched

    def send(self, kind: int, body: bytes) -> None:
        """Send one frame; without an owner there is nobody to send to."""
        for piece in framed(kind, body):
            self._end.sendall(piece)

    def _keep(self, offset: int, result: object) -> None:
        """Pickle a result at once: a later task may change what this one returned."""
        try:
            raw = self._parcel.dumps(result)
            poured = self._shelf.pour(self._parcel)
        except BaseException as error:
            raise Unsendable(error, result) from error
        self._raws[offset] = raw
        self._bytes += poured or len(raw)
        self._values.append(None)
        if self.ledger is not None and (isinstance(raw, tuple) or not self.ledger.keep(raw)):
            self._urgent = True

    def _fail(
        self,
        offset: int,
        error: BaseException,
        target: Callable[..., object] | None,
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> None:
        begun = time.perf_counter_ns()
        self.state.reserve.use(error)
        if self._tell is None:
            from ._failing import failed

            self._tell = failed
        raw = self._tell(self, error, target, args, kwargs)
        self.state.reserve.renew()
        self._failed[offset] = raw, self._envelopes
        self._bad.append(offset)
        self._bytes += len(raw) if type(raw) is bytes else FAILED_BYTES
        self._envelopes = []
        self._values.append(None)
        self._telling += time.perf_counter_ns() - begun

    def _flush(self, seq: int, elapsed: int, *, done: bool) -> None:
        values = self._values
        took, wanted = (elapsed, self._telling), self._parcel.wanted
        body = (seq, self._sent, values, self._raws, self._failed, took, done, wanted)
        self.send(RESULTS, pickle.dumps(body, 5))
        self._sent += len(values)
        self._urgent = False
        self._values, self._raws, self._failed, self._bytes = [], {}, {}, 0
