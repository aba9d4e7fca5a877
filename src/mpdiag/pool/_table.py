"""The failure table: many failures as a few groups, in the form of a report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..layout import (
    WIDTH,
    Row,
    clean,
    clock,
    lay_out,
    number,
    place,
    plural,
    position,
    sides,
    where,
)
from ..model import Crash, Failure
from ..worker import bind, keep

if TYPE_CHECKING:
    from ._collect import TaskResult

# Groups that are told.  More: nobody reads them; fewer: a second fault hides behind the first.
MOST_GROUPS = 10
# Inputs of a call that are shown, and positions and messages that are named.
MOST_INPUTS, MOST_NAMED = 3, 3
_LAST_FRAME = '  File "'
_WHO = re.compile(r"worker \d+ \(pid \d+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The call that results are of."""

    target: Callable[..., object]
    label: str
    """Such as ``Pool.map``."""
    spread: bool
    """An input is the tuple of all arguments, not the one."""


def failed_words(failures: int, ended: int) -> str:
    """Return how many failed: ``37 of 100,000 tasks failed``."""
    if not failures:
        return f"no failures in {plural(ended, 'task')}"
    if failures == ended:
        return "the only task failed" if ended == 1 else f"all {plural(ended, 'task')} failed"
    return f"{number(failures)} of {plural(ended, 'task')} failed"


def table_lines(failures: Sequence[TaskResult], ended: int, about: About) -> Iterator[str]:
    """Yield the lines of the table, for *ended* tasks of which these failed."""
    groups: dict[tuple[type, str], list[TaskResult]] = {}
    for failed in failures:
        groups.setdefault(_key(failed), []).append(failed)
    ways = sorted(groups.values(), key=lambda group: (-len(group), group[0].index))
    said = failed_words(len(failures), ended)
    if len(ways) > 1:
        said += f", in {number(len(ways))} ways"
    elif len(failures) > 1:
        said += ", all in the same way"
    yield said
    for ordinal, group in enumerate(ways[:MOST_GROUPS], 1):
        yield ""
        head = f"{ordinal:<2} {_title(group[0])}"
        yield sides(head, plural(len(group), "task"), WIDTH - 1)
        yield from lay_out(_rows(group, about), WIDTH)
    rest = ways[MOST_GROUPS:]
    if rest:
        tasks = plural(sum(map(len, rest)), "task")
        yield f"\n   and {plural(len(rest), 'further way')}, {tasks}: see .failures"


def _key(failed: TaskResult) -> tuple[type, str]:
    """Return what is the same for failures of one kind: what was raised, and on which line."""
    error = failed.error
    file, line = _raised_at(error)
    said = f"{file}:{line}" if file else _message(error)
    return type(error), _WHO.sub("", said) if isinstance(error, BrokenProcessPool) else said


def _raised_at(error: BaseException | None) -> tuple[str, str]:
    """Return file and line where a worker raised *error*: the last of its traceback's text."""
    try:
        text = str(error.__cause__) if error is not None and error.__cause__ is not None else ""
        at = text.rfind(_LAST_FRAME)
        file, _, rest = text[at + len(_LAST_FRAME) :].partition('", line ')
    except Exception:
        return "", ""
    return (file, rest.partition(",")[0].partition("\n")[0]) if at >= 0 else ("", "")


def _message(error: BaseException | None) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _title(failed: TaskResult) -> str:
    """Return the one line that names a failure."""
    known = failed.occurrence
    if known is not None and known.verdict is not None and known.verdict.headline:
        return clean(known.verdict.headline)
    return _named(failed.error)


def _named(error: BaseException | None) -> str:
    first, *more = _message(error).strip().splitlines() or [""]
    name = clean(type(error).__qualname__)
    return f"{name}: {clean(first)}{' ...' if more else ''}" if first else name


def _rows(group: Sequence[TaskResult], about: About) -> Iterator[Row]:
    first = group[0]
    known = first.occurrence
    signature, inputs = _bound(first, about)
    yield from _where(known, first, signature)
    label = "input"
    for parameter, value in list(inputs.items())[:MOST_INPUTS]:
        yield Row(label=label, text=f"{clean(parameter)} = {_shown(parameter, value)}", most=3)
        label = ""
    if len(inputs) > MOST_INPUTS:
        yield Row(text=f"and {len(inputs) - MOST_INPUTS} more")
    messages = list(dict.fromkeys(_named(one.error) for one in group))
    if len(messages) > 1 and not isinstance(first.error, BrokenProcessPool):
        yield Row(label="messages", text=_some(messages, "; "), most=3)
    if isinstance(known, Crash):
        for at, line in enumerate(known.verdict.evidence[:MOST_NAMED]):
            yield Row(label="" if at else "evidence", text=clean(line), most=3)
    yield Row(label="first", text=_first(first, known, about), most=3)
    if len(group) > 1:
        also = [position(one.index) for one in group[1:]]
        noun = "task" if len(also) == 1 else "tasks"
        yield Row(label="also", text=f"{noun} {_some(also, ', ')}")


def _some(texts: Sequence[str], comma: str) -> str:
    """Return the first of *texts*, and how many more there are."""
    more = f" and {number(len(texts) - MOST_NAMED)} more" if len(texts) > MOST_NAMED else ""
    return comma.join(texts[:MOST_NAMED]) + more


def _bound(failed: TaskResult, about: About) -> tuple[str, dict[str, object]]:
    """Return the target as in a call, and the inputs by parameter name."""
    try:
        args = tuple(failed.input) if about.spread else (failed.input,)
        _, signature, inputs = bind(about.target, args, {})
    except Exception:
        return "the target", {"input": failed.input}
    return signature, inputs


def _shown(parameter: str, value: object) -> str:
    try:
        kept = keep(parameter.lstrip("*"), value)
    except Exception:
        return f"<{type(value).__qualname__} object>"
    return clean(kept.text or f"<{kept.type} object>")


def _where(known: Failure | Crash | None, failed: TaskResult, signature: str) -> list[Row]:
    folder = _folder()
    if known is not None:
        trace: Any = known.trace if isinstance(known, Crash) else known.error.trace
        unknown = "line unknown" if isinstance(known, Crash) and not trace else ""
        return where(known.task, trace, cwd=folder, unknown=unknown)
    file, line = _raised_at(failed.error)
    spot = f", {place(file, int(line) if line.isdigit() else None, folder)}" if file else ""
    return [Row(label="where", text=f"{clean(signature)}{spot}", most=3)]


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError:  # it was removed
        return ""


def _first(failed: TaskResult, known: Failure | Crash | None, about: About) -> str:
    text = f"task {position(failed.index)} (from 0) of {about.label}"
    if known is None:
        return text
    worker = known.worker
    return f"{clock(known.at)}, {text}, worker {worker.number} (pid {worker.pid})"
