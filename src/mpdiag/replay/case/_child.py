"""What a test must write to make a recorded call: found in a child that has imported the program.

The main module is imported under its own name here, as the test will do.
"""

from __future__ import annotations

import base64
import builtins
import inspect
import pickle
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ..trial._import import BRAKE, MAIN, no_children, restore
from ..trial._made import live_call
from ..trial._rebuild import CannotRebuild, LiveCall, find_target
from ._express import Reached, express, reach
from ._expression import Expression, NoExpression, call, name_of, names_in


def case_of(request: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a test as plain data.

    Raises:
        CannotRebuild: there can be none; the message says why.
    """
    restore(request)
    _import_by_name(request["origin"]["main_file"], request["origin"]["main_name"])
    live = live_call(request)
    try:
        reached = reach(live.target)
    except NoExpression as error:
        raise CannotRebuild(f"a test cannot import its target: {error}") from error
    raised = _raised(request["raises"])
    inputs = _inputs(live, reached)
    written = [reached.head, *inputs["args"], *inputs["kwargs"].values()]
    initializer = _initializer(request["initializer"])
    written += [one for one in (raised, initializer) if one is not None]
    modules = {module for one in written for module, _ in names_in(one)}
    homes = {module: _home(module) for module in modules}
    found = {"head": reached.head, "raises": raised, "initializer": initializer, "homes": homes}
    return {**found, **inputs}


def _import_by_name(file: str, name: str) -> None:
    if not (file or name) or name == "__main__" or name.endswith(".__main__"):
        return
    if not name:
        sys.path.insert(0, str(Path(file).parent))
    try:
        with no_children():
            module = import_module(name or Path(file).stem)
    except BaseException as error:
        if isinstance(error, AssertionError) and BRAKE in str(error):
            why = 'it starts processes: put that below `if __name__ == "__main__"`'
            raise CannotRebuild(f"{Path(file).name} cannot be imported, since {why}") from error
        what = f"{type(error).__name__}: {error}"
        raise CannotRebuild(f"{name or file} cannot be imported by its name: {what}") from error
    if file and Path(module.__file__ or "").resolve() != Path(file).resolve():
        raise CannotRebuild(f"the name of {file} is that of another module, {module.__file__}")
    sys.modules["__main__"] = sys.modules[MAIN] = module


def _raised(name: str) -> Expression | None:
    """Return the class of what was raised; None where it cannot be imported."""
    if not name:
        return None
    try:
        found = getattr(builtins, name, None) or find_target(name)
        return name_of(found) if isinstance(found, type) else None
    except (CannotRebuild, NoExpression):
        return None


def _initializer(encoded: str) -> Expression | None:
    """Return the call of the pool's initializer; None without one, or where it has none."""
    if not encoded:
        return None
    try:
        function, args = pickle.loads(base64.b64decode(encoded))
        reached = reach(function)
        written = [express(value) for value in (*reached.args, *args)]
        named = {name: express(value) for name, value in reached.kwargs.items()}
    except Exception:
        return None
    return call(reached.head, written, **named)


def _inputs(live: LiveCall, reached: Reached) -> dict[str, Any]:
    """Return the inputs as expressions, or as a pickle and the reason for that."""
    args, kwargs = (*reached.args, *live.args), {**reached.kwargs, **live.kwargs}
    try:
        return {
            "args": [express(value) for value in args],
            "kwargs": {name: express(value) for name, value in kwargs.items()},
            "names": _names(live, len(reached.args)),
            "pickle": None,
            "why": "",
        }
    except NoExpression as error:
        why = str(error)
    try:
        raw = pickle.dumps((args, kwargs), protocol=4)
        pickle.loads(raw)
    except Exception as error:
        why += f") nor pickled ({type(error).__name__}: {error}"
        raise CannotRebuild(f"its inputs can neither be written ({why})") from error
    kept = base64.b64encode(raw).decode()
    return {"args": [], "kwargs": {}, "names": [], "pickle": kept, "why": why}


def _names(live: LiveCall, first: int) -> list[str]:
    """Return the names of the positional inputs; empty for those without one."""
    try:
        parameters = list(inspect.signature(live.target).parameters.values())
    except (ValueError, TypeError):
        parameters = []
    kinds = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    names = [one.name for one in parameters if one.kind in kinds][: len(live.args)]
    return [*[""] * first, *names, *[""] * (len(live.args) - len(names))]


def _home(module: str) -> str:
    """Return the folder from which *module* is imported; empty for those of Python itself."""
    if module.partition(".")[0] in sys.stdlib_module_names:
        return ""
    file = getattr(sys.modules.get(module), "__file__", None)
    if not file:
        return ""
    steps = module.count(".") + (Path(file).name == "__init__.py")
    return str(Path(file).resolve().parents[steps])
