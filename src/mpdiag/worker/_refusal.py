"""Answers for tasks that plain Python would lose: what cannot travel, and what ends the worker."""

from __future__ import annotations

from collections.abc import Mapping

from .. import codec
from ..model import Cause, Certainty, Verdict
from ._capture import Call, add_note, capture
from ._state import WorkerState

_MISSING_FUNCTION = (
    "define the function before the pool is made (fork), or at the top of its module (spawn and"
    " forkserver): the worker does not have it"
)


def unsendable_result(
    state: WorkerState, call: Call, error: BaseException, reason: BaseException, result: object
) -> None:
    """Tell of a *result* that cannot be pickled; *error* is what the caller gets."""
    verdict = Verdict(
        cause=Cause.RAISED,
        certainty=Certainty.PROVEN,
        headline="the result cannot be sent to the caller",
        evidence=(unsendable_words(reason), *path_words({"result": result})),
    )
    note = capture(error, call, state=state, verdict=verdict)
    if note:
        add_note(error, note)


def unsendable_words(reason: BaseException) -> str:
    """Return the evidence of a result that cannot be sent."""
    return f"pickling it, and loading it again, raised {type(reason).__name__}: {reason}"


def path_words(values: Mapping[str, object]) -> tuple[str, ...]:
    """Return the evidence of what in *values* cannot be sent: the path to it, where it is found."""
    try:
        found = codec.pickle_path(values)
    except Exception:  # objects whose own methods fail in strange ways
        return ()
    return () if found is None else (found.words,)


def first_unsendable(results: object, *, chunk: bool) -> tuple[int, object]:
    """Return position and value of the first result of a *chunk* that cannot be pickled."""
    if not chunk or not isinstance(results, list):
        return 0, results
    return next(
        ((i, one) for i, one in enumerate(results) if not codec.goes_through(one)), (0, results)
    )


def unreadable_task(
    state: WorkerState, raw: bytes, error: Exception
) -> tuple[object, object] | None:
    """Tell of a task that cannot be unpickled here; return the job and part it belongs to."""
    where = codec.peek_ints(raw, 2)
    if where is None:
        return None
    note = _tell_unreadable(state, error, where[0])
    if note:
        add_note(error, note)
    return where[0], where[1]


def unreadable_item(state: WorkerState, raw: bytes, error: Exception) -> int | None:
    """The same for a task of ``ProcessPoolExecutor``; return its work id."""
    work_id = codec.peek_attribute(raw, "work_id")
    if work_id is not None:
        note = _tell_unreadable(state, error, work_id)
        if note:
            add_note(error, note)
    return work_id


def _tell_unreadable(state: WorkerState, error: Exception, call: int) -> str:
    hint = _MISSING_FUNCTION if isinstance(error, AttributeError) else ""
    verdict = Verdict(
        cause=Cause.RAISED,
        certainty=Certainty.PROVEN,
        headline="the task cannot be read in the worker",
        evidence=(f"unpickling it raised {type(error).__name__}",),
        fix=hint,
    )
    call_of = Call(unreadable, (), {}, "", call=call, position="a task that cannot be read here")
    note = capture(error, call_of, state=state, verdict=verdict)
    return f"{note}; {hint}" if note and hint else note


def unreadable() -> None:
    """Stand for the target of a task that never became one."""


def leaving(state: WorkerState, call: Call, error: BaseException) -> BaseException:
    """Tell of an exception that ends this worker; return what to answer."""
    call.ends = exit_code(error)
    note = capture(error, call, state=state, verdict=exit_verdict(error))
    from ..errors import worker_crashed

    words = f"sys.exit({_code(error)})" if isinstance(error, SystemExit) else type(error).__name__
    answer = worker_crashed(f"{words} in a task ended worker {state.number} (pid {state.pid})")
    if note:
        add_note(answer, note)
    return answer


def exit_verdict(error: BaseException) -> Verdict | None:
    """Return the verdict on what ends a worker by intent, or None for other exceptions."""
    if isinstance(error, KeyboardInterrupt):
        return Verdict(
            cause=Cause.INTERRUPTED,
            certainty=Certainty.LIKELY,
            headline="KeyboardInterrupt in a task",
            evidence=("the program itself was not interrupted",),
        )
    if not isinstance(error, SystemExit):
        return None
    return Verdict(
        cause=Cause.EXIT_CALL,
        certainty=Certainty.PROVEN,
        headline=f"sys.exit({_code(error)}) called in a task",
        evidence=("SystemExit was caught in the worker's loop",),
        fix="return a value or raise an exception instead: sys.exit ends the worker",
    )


def exit_code(error: BaseException) -> int:
    """Return the exit code of a process that *error* ends, as ``multiprocessing`` has it."""
    if not isinstance(error, SystemExit):
        return 1
    if error.code is None:
        return 0
    return error.code & 0xFF if isinstance(error.code, int) else 1


def _code(error: BaseException) -> str:
    return codec.describe(error.code) if isinstance(error, SystemExit) and error.code else "0"
