"""A bare ``Process``: its target, its arguments, and the last message it received.

Runs in the child, around ``Process.run``; the pools' workers pass through here as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from ..recorder import Kind, Method, State, Word
from ._around import forget, surroundings
from ._state import WorkerState, begin, current, end

# Servers of the standard library that run in a Process of their own: no workers.
_SERVERS = frozenset({"BaseManager._run_server", "SyncManager._run_server"})
# Workers of libraries that end them with SIGKILL and reap them out of sight: what a bare process
# tells would be wrong of them.
_OTHERS = "loky.process_executor"
# Modules of the targets that make a process the worker of a pool.
_POOLS = ("mpdiag.worker._pool_loop", "mpdiag.worker._executor_loop", "mpdiag.pool._serve")
# Kept of the arguments of a bare process.
_ARGUMENTS_TEXT = 4000


def run_process(process: object, run: Callable[[], object]) -> None:
    """Run *process* as ``Process.run`` does, on record; takes the place of its ``run``."""
    forget()
    if _is_server(process):
        _run_server(process, run)
        return
    state = _open(process)
    if state is None:
        run()
        return
    try:
        run()
    except BaseException as error:
        _failed(process, state, error)
        raise
    end()


def _is_server(process: object) -> bool:
    try:
        return getattr(process._target, "__qualname__", "") in _SERVERS  # type: ignore[attr-defined]
    except Exception:
        return False


def _run_server(process: object, run: Callable[[], object]) -> None:
    """Run a server of the standard library; what it leaves behind tells that it was killed."""
    mark = f"{surroundings().folder}/{os.getpid()}.server"
    try:
        with open(mark, "w", encoding="utf-8") as file:
            file.write(str(getattr(process, "name", "")))
    except OSError:
        pass
    try:
        run()
    finally:
        try:
            os.unlink(mark)
        except OSError:
            pass


def _open(process: object) -> WorkerState | None:
    try:
        target = getattr(process, "_target", None)
        module = getattr(target, "__module__", None) or ""
        if module.endswith(_OTHERS):
            _not_watched(module.rpartition(".")[0])
            return None
        state = begin(Kind.PROCESS)
        # others may go on for longer on purpose, as they do under plain Python
        if module in _POOLS or getattr(process, "daemon", False):
            from ._owner import end_with_owner

            end_with_owner(process)
        _listen(state)
        _mark(process, target, state)
        return state
    except Exception:
        return None


def _not_watched(library: str) -> None:
    from ._outbox import tell_unwatched

    tell_unwatched(f"of {library}, into whose tasks mpdiag does not look")


def _listen(state: WorkerState) -> None:
    """Have fatal signals leave their stack, and the output its last lines."""
    if state.around.capture_fd and state.recorder.path:
        try:
            from ._redirect import redirect
        except ImportError:  # a Python without fcntl or termios
            pass
        else:
            redirect(state)
    from ._tails import copy_output

    copy_output(state.recorder, relayed=state.settle is not None)
    if state.around.log_context:
        from ._log_context import add_context

        add_context(state)
    if not state.recorder.path:
        return
    import faulthandler

    if not faulthandler.is_enabled():
        file = open(state.recorder.path[:-4] + ".fault", "w", encoding="utf-8")  # noqa: SIM115
        state.fault_file = file
        faulthandler.enable(file)


def _mark(process: object, target: object, state: WorkerState) -> None:
    from ._bind import described_target

    name = described_target(target or type(process).run)  # type: ignore[attr-defined]
    state.recorder.target(name)
    if name.startswith(("mpdiag.worker", "concurrent.futures", "multiprocessing.")):
        return
    args, kwargs = _arguments(process)
    if args or kwargs:
        from .. import codec
        from ._bind import bind

        _, _, inputs = bind(target, args, kwargs)
        shown = codec.describe(inputs, codec.Budget(total=_ARGUMENTS_TEXT))
        state.recorder.payload(shown.encode("utf-8", "replace"), text=True)
    state.recorder.mark(job=0, part=0, method=Method.PROCESS, base=0, size=0, call=0)
    if state.around.record_random:
        from ._random import random_state

        state.random = random_state()


def _arguments(process: object) -> tuple[tuple[object, ...], dict[str, object]]:
    found = vars(process)
    return tuple(found.get("_args", ())), dict(found.get("_kwargs", {}))


def received(raw: bytes | memoryview) -> None:
    """Keep a message that this process took off a queue or connection, if it is a bare one."""
    state = current()
    if state is None or state.words[Word.KIND] != Kind.PROCESS:
        return
    try:
        words = state.words
        words[Word.PART] += 1  # counts messages
        words[Word.SEQ] += 1
        words[Word.SEQ] += 1
        state.recorder.payload(raw)
        state.recorder.spill(raw)
        state.last_message = bytes(raw) if len(raw) <= 1 << 20 else None
    except Exception:
        pass


def _failed(process: object, state: WorkerState, error: BaseException) -> None:
    """Tell of an exception that ends a bare process; runs while it is live."""
    try:
        state.reserve.use(error)
        if isinstance(error, KeyboardInterrupt):
            idle = state.words[Word.STATE] == State.WAITING
            state.words[Word.STATE] = State.ENDED if idle else State.INTERRUPTED
            return
        if state.words[Word.ANSWERED]:
            end()
            _peel_when_printed(error)
            return
        if isinstance(error, SystemExit) and error.code in {None, 0}:
            end()
            return
        _tell(process, state, error)
        state.words[Word.ANSWERED] = 1
        _peel_when_printed(error)
    except Exception:
        pass


def _tell(process: object, state: WorkerState, error: BaseException) -> None:
    from ._capture import Call, capture
    from ._refusal import exit_code, exit_verdict

    target = getattr(process, "_target", None) or type(process).run  # type: ignore[attr-defined]
    args, kwargs = _arguments(process)
    if getattr(process, "_target", None) is None:
        args = (process, *args)
    call = Call(
        target,
        args,
        kwargs,
        Method.NAMES[Method.PROCESS],
        started_ns=state.words[Word.STARTED],
        position=f"Process {getattr(process, 'name', '')!r}",
        message=state.last_message,
        ends=exit_code(error),
    )
    capture(error, call, state=state, verdict=exit_verdict(error))


def _peel_when_printed(error: BaseException) -> None:
    """Leave our frames out of the traceback that ``Process`` prints; 3.11 and later.

    A bare ``raise`` adds no entry for the frame that raises again, so what is set here stays.
    """
    from ._trace import without_ours

    error.__traceback__ = without_ours(error.__traceback__)
