"""What a worker sends in place of a result; imported at its first failure."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import worker_crashed
from ..recorder import Kind, Method, Word
from ..worker import BrokenFailure, Call, add_note, capture, exit_verdict, pack, remote_text
from ._bare import Bare, bare
from ._refused import Unloadable, Unsendable
from ._serve import STAR

if TYPE_CHECKING:
    from ._serve import Brought


@lru_cache
def remote_class(kind: int) -> type[Exception]:
    """Return the exception that carries a remote traceback in the library's pool of this kind."""
    if kind == Kind.POOL:
        from multiprocessing import pool

        return pool.RemoteTraceback  # type: ignore[attr-defined, no-any-return]
    from concurrent.futures import process

    return process._RemoteTraceback


def start_failed(
    worker: Any,
    error: BaseException,
    initializer: Callable[..., object],
    initargs: tuple[object, ...],
) -> bytes:
    """Tell of an initializer that raised; return the error for the owner."""
    from ..worker import initializer_failed

    name = "Pool" if worker._kind == Kind.POOL else "ProcessPoolExecutor"
    initializer_failed(error, (initializer, initargs), pool=name, state=worker.state)
    worker.words[Word.ANSWERED] = 1
    if worker._kind == Kind.EXECUTOR:
        from concurrent.futures._base import LOGGER

        LOGGER.critical("Exception in initializer:", exc_info=True)
    packed = pack(error, remote_class(worker._kind), "")
    return pickle.dumps((packed, worker._envelopes), 5)


def failed(
    worker: Any,
    error: BaseException,
    target: Callable[..., object] | None,
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> bytes | Bare:
    """Return what to send for a task that failed; runs while *error* is live."""
    remote = remote_class(worker._kind)
    if isinstance(error, Unloadable):
        return _unloadable(error.error, remote)
    result: object = None
    if isinstance(error, Unsendable):
        result, error = error.result, error.error
    note = _captured(worker, error, target, args, kwargs)
    if result is not None and worker._kind == Kind.POOL:
        from multiprocessing.pool import MaybeEncodingError  # type: ignore[attr-defined]

        error = MaybeEncodingError(error, result)
    return bare(error, remote, note) or pickle.dumps(pack(error, remote, note), 5)


def _captured(
    worker: Any,
    error: BaseException,
    target: Callable[..., object] | None,
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> str:
    words = worker.words
    words[Word.ANSWERED] = 1
    if target is None:
        return ""
    call = Call(
        target,
        args,
        kwargs,
        Method.NAMES[words[Word.METHOD]],
        index=words[Word.BASE] + words[Word.OFFSET],
        call=words[Word.CALL],
        started_ns=words[Word.STARTED],
        queued=worker.state.around.watched,
    )
    try:
        if call.queued and words[Word.SIZE] and words[Word.OFFSET]:
            call.before = _arguments(worker.brought, words[Word.OFFSET] - 1)
        return capture(error, call, state=worker.state, verdict=exit_verdict(error))
    except Exception:
        return ""


def _arguments(brought: Brought, offset: int) -> tuple[object, ...] | bytes | None:
    """Return the arguments of the task at *offset* of a frame, or a pickle of a whole call."""
    shape, items, packed = brought
    raw = packed.get(offset)
    if raw is None:
        return tuple(items[offset]) if shape == STAR else (items[offset],)
    if type(raw) is not bytes:  # large buffers stand elsewhere
        return None
    tuple_of_it = b"" if shape == STAR else pickle.TUPLE1
    return raw[:-1] + tuple_of_it + pickle.EMPTY_DICT + pickle.TUPLE2 + pickle.STOP


def _unloadable(error: BaseException, remote: type[Exception]) -> bytes:
    """Return the failure of a task that cannot be read here, for which the library breaks."""
    text = remote_text(error)
    if not isinstance(error, Exception):
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        crashed = worker_crashed(f"the task cannot be loaded in its worker: {what}")
        return pickle.dumps(BrokenFailure(crashed, text, remote, None), 5)
    add_note(error, "mpdiag: the task cannot be loaded in its worker")
    try:
        raw = pickle.dumps(BrokenFailure(error, text, remote, None), 5)
        pickle.loads(raw)
    except Exception:
        crashed = worker_crashed(f"the task cannot be loaded in its worker: {error!r}")
        return pickle.dumps(BrokenFailure(crashed, text, remote, None), 5)
    return raw
