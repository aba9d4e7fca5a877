"""Look at what goes to another process: one look for each kind of it, told through the spool.

Runs in the user's processes, in the thread that pickles or starts; its caller drops what it raises.
What is told holds the pickle, which a fresh interpreter loads when the program has ended.
"""

from __future__ import annotations

import base64
import functools
import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import context
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from types import FrameType, MethodType
from typing import Any, NamedTuple

from ..codec import pickle_path
from ..recorder import read
from ..worker import bind, post, qualified_name
from ._callers import caller, place_of
from ._crossing_kinds import shape_of, stands_in
from ._executor_guest import as_task
from ._pool_tasks import described

# Kinds of objects that one process looks at.  More: a program with many classes is held up, and
# its spool grows by their pickles.
MOST_KINDS = 300
# Bytes of a pickle that are kept to be loaded, and of all pickles of a process: half its spool.
MOST_BYTES, MOST_IN_ALL = 256 * 1024, 12 << 20
# Items of a queue whose line is kept at a time.
_MOST_PUTS = 1_000
_OWN = ("mpdiag.",)

_mine = threading.local()
_seen: set[object] = set()
_shapes: set[object] = set()
_puts: dict[int, tuple[str, int] | None] = {}
_kept = [0]
"""Bytes of the pickles that were kept."""


class Crossing(NamedTuple):
    """One thing on its way to another process."""

    kind: str
    """``task``, ``process``, ``initializer``, ``result`` or ``item``."""
    label: str
    target: object
    inputs: dict[str, object]
    place: tuple[str, int] | None
    name: str = ""
    """Of the target, where the target itself does not go along."""


def look_at_message(message: object, frame: FrameType, error: Exception | None) -> None:
    """Look at what *frame* pickles; *error* is what that raised."""
    with _alone() as first:
        for one in _in_message(message, frame, sure=error is not None) if first else ():
            if _look(one, sure=error is not None) and error is not None:
                break


def look_at_process(process: object, frame: FrameType) -> None:
    """Look at what *process*, which *frame* starts, is given."""
    with _alone() as first:
        one = _of_process(process, caller(frame)) if first else None
        if one is not None:
            _look(one, starting=str(getattr(process, "_start_method", None) or "fork"))


@contextmanager
def _alone() -> Iterator[bool]:
    """Tell whether this thread is not in a look already: what that pickles is not looked at."""
    first = not getattr(_mine, "busy", False)
    _mine.busy = True
    try:
        yield first
    finally:
        _mine.busy = not first


def remember_put(item: object, frame: FrameType) -> None:
    """Keep which line puts *item* into a queue."""
    if len(_puts) >= _MOST_PUTS:
        _puts.clear()
    _puts[id(item)] = caller(frame)


def _in_message(message: Any, frame: FrameType, *, sure: bool) -> Iterator[Crossing]:
    """Yield what is new in *message*, or all if it is *sure* to fail, by who pickles it."""
    where = str(frame.f_globals.get("__name__", "")), frame.f_code.co_name
    if where == ("mpdiag.patches._stream", "put") and message is not None:
        yield from _tasks(message, lambda: _place_of_task(frame, message[0]), sure=sure)
    elif type(message).__name__ == "_CallItem":
        task = as_task(message.work_id, message)
        yield from _tasks(task, lambda: _place_of_item(frame, message), sure=sure)
    elif where[0] == "mpdiag.worker._roads":
        yield from _results(message, proving=where[1] == "prove", sure=sure)
    elif where[0].startswith("multiprocessing.") and not _is_internal(message, where[0]):
        place = _puts.pop(id(message), None) or caller(frame)
        yield Crossing("item", _road(frame), None, {"item": message}, place)


def _road(frame: FrameType) -> str:
    """Return what carries an item: the class whose method pickles it."""
    if frame.f_code.co_name == "_feed":
        return "Queue.put"
    owner = frame.f_locals.get("self")
    return f"{type(owner).__name__}.{frame.f_code.co_name}"


def _is_internal(message: object, module: str) -> bool:
    """Whether *message*, pickled by *module*, is a stop, a manager's, or an executor's own."""
    if message is None or module == "multiprocessing.managers":
        return True
    return type(message).__module__.startswith("concurrent.futures") or (
        type(message) is tuple and bool(message) and str(message[0]).startswith("#")
    )


def _place_of_task(frame: FrameType, job: object) -> tuple[str, int] | None:
    guest: Any = frame.f_back.f_locals.get("self") if frame.f_back is not None else None
    return place_of(getattr(guest._pool(), "_cache", {}).get(job))


def _place_of_item(frame: FrameType, item: Any) -> tuple[str, int] | None:
    queue = getattr(frame.f_locals.get("onerror"), "__self__", None)
    return place_of(getattr(queue, "pending_work_items", {}).get(item.work_id))


def _is_new(kind: str, *values: object) -> bool:
    """Whether nothing of this shape was met; asked first, since 100,000 tasks are of one."""
    shape = kind, *map(shape_of, values)
    if shape in _shapes:
        return False
    _shapes.add(shape)
    return True


def _tasks(
    message: tuple[Any, ...], place: Callable[[], tuple[str, int] | None], *, sure: bool
) -> Iterator[Crossing]:
    target, inputs, label, _, _ = described(message)
    for args, kwargs in inputs:
        if _is_new(label, target, args, kwargs) or sure:
            name, _, bound = bind(target, args, kwargs)
            yield Crossing("task", label, target, bound, place(), name)


def _results(message: Any, *, proving: bool, sure: bool) -> Iterator[Crossing]:
    """Yield what a worker answers, each result of a chunk; errors are proven before."""
    if proving:
        results = message
    elif type(message) is tuple and len(message) == 3 and type(message[2]) is tuple:  # noqa: PLR2004
        results = message[2][1] if message[2][0] else []
    else:
        results = getattr(message, "result", None)
    for one in results if type(results) is list else [results]:
        if one is not None and (_is_new("result", one) or sure):
            name, place = _current_task()
            yield Crossing("result", "", None, {"result": one}, place, name)


def _current_task() -> tuple[str, tuple[str, int] | None]:
    """Return name and definition of what this worker runs."""
    from ..worker import current

    state = current()
    if state is None:
        return "", None
    found = read(state.recorder.path)
    if found is None:
        return "", None
    place = (found.target_file, found.target_line) if found.target_file else None
    return found.target.partition("(")[0], place


def _of_process(process: object, place: tuple[str, int] | None) -> Crossing | None:
    """Return what a process is given: its target, or the initializer of a pool's worker."""
    found = vars(process)
    target, args, kwargs = found.get("_target"), found.get("_args", ()), found.get("_kwargs", {})
    if getattr(target, "__name__", "") in {"pool_worker", "executor_worker"}:
        initializer, initargs = [*args, None, (), (), ()][2:4]
        if initializer is None:
            return None
        name, _, inputs = bind(initializer, tuple(initargs or ()), {})
        return Crossing("initializer", "initializer", initializer, inputs, place, name)
    label = f"start of {found.get('_name', '')}"
    if str(getattr(target, "__module__", "")).startswith(("multiprocessing.managers", *_OWN)):
        return None
    if target is None:
        own = {f"self.{key}": value for key, value in found.items() if key not in _plain_names()}
        cls = type(process)
        return Crossing("process", label, cls, own, place, cls.__qualname__)
    name, _, inputs = bind(target, tuple(args), dict(kwargs))
    return Crossing("process", label, target, inputs, place, name)


def _plain_names() -> set[str]:
    """Return the attributes that every process has."""
    return {*vars(BaseProcess(name="mpdiag")), "_mpdiag_lasting", "_popen"}


def _look(one: Crossing, *, starting: str = "", sure: bool = False) -> bool:
    """Tell of *one* if its kind is new, or *sure* to fail; return whether it failed.

    *starting* is the start method of a process that gets it as it starts.
    """
    target = _function(one.target)
    parts = {**({"target": target} if target is not None else {}), **one.inputs}
    shapes = tuple((name, shape_of(value)) for name, value in parts.items())
    key = (one.kind, None if one.kind == "initializer" else one.place, one.name, shapes)
    if key in _seen and not sure:
        return False
    if (len(_seen) >= MOST_KINDS or _kept[0] > MOST_IN_ALL) and not sure:
        if "full" not in _seen:
            post({"v": 1, "type": "crossing", "full": len(_seen)})
            _seen.add("full")
        return False
    _seen.add(key)
    told = [_part(name, value, starting=starting) for name, value in parts.items()]
    failed = any(part["error"] for part in told)
    if failed or not sure:
        _tell(one, told)
    return failed


def _function(target: object) -> object:
    """Return what *target* calls in the end: what it holds beside that is among the inputs."""
    while isinstance(target, functools.partial):
        target = target.func
    return target.__func__ if isinstance(target, MethodType) else target


def _tell(one: Crossing, parts: Iterable[dict[str, object]]) -> None:
    post(
        {
            "v": 1,
            "type": "crossing",
            "kind": one.kind,
            "label": one.label,
            "name": one.name,
            "place": one.place,
            "parts": list(parts),
            "home": _home(),
        }
    )


def _part(name: str, value: object, *, starting: str) -> dict[str, object]:
    """Pickle *value* as for a spawned child, and return its bytes, or why there are none."""
    inherited = stands_in(starting)
    told: dict[str, object] = {"name": name, "raw": "", "error": None, "path": "", "large": 0}
    try:
        raw = _pickled(value, inherited, starting=bool(starting))
    except Exception as error:
        told["error"] = [qualified_name(type(error)), str(error)[:1000]]
        find = functools.partial(pickle_path, {name: value}, inherited=inherited)
        found = _with_popen(find, starting=bool(starting))
        told["path"] = found.words if found is not None and found.path != name else ""
        return told
    if len(raw) > MOST_BYTES:
        told["large"] = len(raw)
    else:
        told["raw"] = base64.b64encode(raw).decode("ascii")
        _kept[0] += len(raw)
    return told


def _pickled(value: object, inherited: Callable[[object], object], *, starting: bool) -> bytes:
    class Pickler(ForkingPickler):
        def persistent_id(self, obj: object) -> object:
            return inherited(obj)

    file = io.BytesIO()
    _with_popen(lambda: Pickler(file).dump(value), starting=starting)
    return file.getvalue()


def _with_popen(work: Callable[[], Any], *, starting: bool) -> Any:
    """Do *work* as it is done while a process starts, when some things may be pickled."""
    if not starting:
        return work()
    before = context.get_spawning_popen()
    context.set_spawning_popen(_Nobody())  # type: ignore[arg-type]
    try:
        return work()
    finally:
        context.set_spawning_popen(before)


class _Nobody:
    """Stands for the process that is about to be started; keeps no descriptor."""

    def duplicate_for_child(self, handle: int) -> int:
        """Return a number that nobody opens."""
        return handle


def _home() -> dict[str, object] | None:
    """Return what a spawned child would be told of this process; None where it may have none."""
    from multiprocessing import spawn

    try:
        data = spawn.get_preparation_data("mpdiag")
    except RuntimeError:  # in the middle of an import of main
        return None
    names = ("sys_path", "sys_argv", "orig_dir", "init_main_from_name", "init_main_from_path")
    return {**{name: data[name] for name in names if name in data}, "dir": os.getcwd()}
