"""Known troubles in words: in the entry of a fault, and for a log that has no fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..hints import Advice, Sight, advise
from ..layout import WIDTH, Row, clean, lay_out, paragraph, plural, sides
from ..model import Failure, Frame

# Lines that one sentence of a hint may take.
_MOST = 3
# A trace has no frames of the pool that called the target, by which some errors are known.
_CALLER = Frame(file="/lib/python/multiprocessing/pool.py", line=0, function="worker")
# Where the verdict names the very argument, it says better what to write.
_TOLD_BETTER = "queue-through-inheritance"


def hint_rows(failure: Failure) -> Iterator[Row]:
    """Yield what is known of this kind of error, and what to change, by hint or verdict."""
    advice = advise(_sight(failure))
    fix = failure.verdict.fix if failure.verdict is not None else ""
    if advice is not None and not advice.hint.is_wide and advice.hint.slug != _TOLD_BETTER:
        yield from advice_rows(advice)
    elif fix:
        yield Row(label="fix", text=clean(fix), most=_MOST)


def _sight(failure: Failure) -> Sight:
    return Sight(
        type=failure.error.type,
        message=failure.error.message,
        frames=(_CALLER, *failure.error.trace),
        start_method=failure.worker.start_method,
    )


def advice_rows(advice: Advice) -> Iterator[Row]:
    """Yield what it is, why it is so, and what to change."""
    yield Row(label="hint", text=clean(advice.what), most=_MOST)
    yield Row(text=clean(advice.why), most=_MOST)
    yield Row(label="fix", text=clean(advice.change), most=_MOST)


def render_hints(
    advice: Sequence[Advice], *, name: str, command: str, lines: int, width: int = WIDTH
) -> Iterator[str]:
    """Yield what is known of the log *name*, which has *lines* lines, none wider than *width*."""
    if not advice:
        said = f"mpdiag: no trouble that it knows in {clean(name)} ({plural(lines, 'line')})"
        yield from paragraph(said, width)
    else:
        found = plural(len(advice), "known trouble")
        yield from paragraph(f"mpdiag: {found} in {clean(name)}", width)
        for number, one in enumerate(advice, 1):
            yield ""
            yield sides(f"{number}  {_title(one.sight)}", f"line {one.sight.line}", width)
            yield from lay_out(_log_rows(one), width)
    yield from paragraph(f"mpdiag: for the worker, the task and its input: {clean(command)}", width)


def _log_rows(advice: Advice) -> Iterator[Row]:
    own = advice.sight.own
    if own is not None:
        yield Row(label="where", text=_place(own), most=2)
    yield from advice_rows(advice)
    if advice.hint.untold:
        yield Row(label="untold", text=f"{advice.hint.untold}: no log has it", most=_MOST)


def _place(frame: Frame) -> str:
    source = f": {clean(frame.source.strip())}" if frame.source else ""
    return f"{clean(frame.file)}:{frame.line}, in {clean(frame.function)}{source}"


def _title(sight: Sight) -> str:
    return clean(next(iter(sight.says.strip().splitlines()), ""))
