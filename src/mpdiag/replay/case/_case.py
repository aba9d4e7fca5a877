"""The text of a test that fails as a recorded call did, until the bug is fixed."""

from __future__ import annotations

import ast
import builtins
import keyword
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

from ...model import Crash, ExitStatus, Failure
from .._calls import never_ended
from .._plan import Plan
from ._expression import Expression, call, flat
from ._imports import with_imports
from ._lines import WIDTH, lay_out
from ._names import Names, bound_in
from ._quote import quoted

HEADER = '"""Faults of workers as tests."""\n'
# Seconds that a test gives to a process that should end.  Longer: a test of a hang takes as long
# until it is fixed.  Shorter: a loaded machine is taken for a hang.
_CRASH, _HANG = 60, 10
# Of an input that stands in the call itself, where others have a line of their own.
_SHORT = 30
_TAB = "    "
_AS_WORKERS = '# As workers do: what stands below `if __name__ == "__main__"` does not run.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a test finds the program; the plainest that works is taken."""

    by_path: bool = False
    """Modules of the program are imported from where they are, wherever pytest runs."""
    in_place: bool = False
    """The test runs in the folder and with the arguments of the program."""


STYLES = (Style(), Style(by_path=True), Style(by_path=True, in_place=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A test, and the file as it is with it."""

    name: str
    text: str


def compose(plan: Plan, parts: Mapping[str, Any], source: str, file: Path, style: Style) -> Case:
    """Return *source*, the text of *file*, with a test of *parts* at its end."""
    tree = ast.parse(source)
    folders = _folders(parts["homes"], file) if style.by_path else {}
    writer = _Writer(plan, parts, file, style, Names(tree, folders))
    lines = list(writer.lines())
    setup = list(writer.names.setup)
    if setup:
        setup.insert(0, _AS_WORKERS)
        setup += ["", ""]
    whole = with_imports(source, writer.names.needed, _project(file))
    text = whole.rstrip("\n") + "\n\n\n" if tree.body[1:] else whole.rstrip("\n") + "\n\n"
    return Case(name=writer.name, text=text + "\n".join([*setup, *lines]) + "\n")


def pickle_file(plan: Plan, file: Path) -> Path:
    """Return where the inputs of a test are kept that cannot be written down."""
    return file.with_name(f"{file.stem}_{plan.fault.id.replace('.', '_')}.pickle")


def _project(file: Path) -> Path:
    marks = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
    above = file.resolve().parents
    return next((one for one in above if any((one / mark).exists() for mark in marks)), above[0])


def _folders(homes: Mapping[str, str], file: Path) -> dict[str, str]:
    """Return for each module of the program an expression for the folder that it is in."""
    own = {
        name: home for name, home in homes.items() if home and "-packages" not in Path(home).name
    }
    return {name: f"str({_path(Path(home), file)})" for name, home in own.items()}


def _path(wanted: Path, file: Path) -> str:
    """Return an expression for *wanted*, relative to *file* unless they share nothing."""
    here = file.resolve().parent
    common = Path(os.path.commonpath([here, wanted]))
    if len(common.parts) < 2:  # noqa: PLR2004 - the root is no place in common
        return f"Path({quoted(str(wanted))})"
    steps = len(here.parts) - len(common.parts)
    rest = "".join(f" / {quoted(part)}" for part in wanted.parts[len(common.parts) :])
    base = "Path(__file__).resolve()"
    return f"{base}.parent{rest}" if not steps else f"{base}.parents[{steps}]{rest}"


class _Writer:
    """Writes one test."""

    def __init__(
        self, plan: Plan, parts: Mapping[str, Any], file: Path, style: Style, names: Names
    ) -> None:
        self.plan, self.parts, self.file = plan, parts, file
        self.style, self.names = style, names
        self.what = _what(plan)
        self.target = _short(plan.task.target)
        self.name = self._free_name()

    def lines(self) -> Iterator[str]:
        """Yield the lines of the test; imports and setup are known after the last."""
        body = list(self._body())
        yield from self._comment()
        pytest = self.names.module("pytest")
        yield from lay_out("@", self._mark(pytest), "", self.names)
        fixture = f"monkeypatch: {pytest}.MonkeyPatch" if self.style.in_place else ""
        yield f"def {self.name}({fixture}) -> None:"
        yield f'{_TAB}"""{self._claim()}"""'
        yield from (f"{_TAB}{line}" if line else "" for line in body)
        if any("Path(" in line for line in [*self.names.setup, *body]):
            self.names("pathlib", "Path")

    def _free_name(self) -> str:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", f"{self.target} {self.what}")
        words = re.sub(r"[\W_]+", "_", words.lower())
        name = wanted = f"test_{words.strip('_')}"[:70]
        taken, number = bound_in(self.names.tree), 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def _comment(self) -> Iterator[str]:
        day = time.strftime("%Y-%m-%d", time.gmtime(self.plan.occurrence.at))
        text = (
            f"Fault {self.plan.fault.id} of {day}, written by `mpdiag replay --as-test`. The mark "
            "is strict: once the bug is fixed this test fails, until the mark is taken off."
        )
        yield from (f"# {line}" for line in wrap(text, WIDTH - 2, break_on_hyphens=False))

    def _claim(self) -> str:
        text = f"ended its process with {self.what}"
        if isinstance(self.plan.occurrence, Failure):
            text = f"raised {self.what}"
        if never_ended(self.plan.occurrence):
            text = "did not end"
        if is_unsendable(self.plan):
            text = "returned what cannot be sent to another process"
        whole = f"An input on which {self.target} {text}."
        return whole if len(whole) < WIDTH - 12 and whole.isprintable() else "An input that failed."

    def _mark(self, pytest: str) -> Expression:
        first = self.plan.occurrence
        raised: Expression | None = "AssertionError"
        if isinstance(first, Failure):
            raised = self._refusal() if self._is_unsendable() else self.parts["raises"]
        reason = f"{self.plan.fault.id}: {self.what}"
        if isinstance(first, Failure) and first.error.message and not is_unsendable(self.plan):
            reason += f": {' '.join(first.error.message.split())}"
        reason = quoted(reason if len(reason) <= WIDTH - 28 else f"{reason[: WIDTH - 31]}...")
        named = {"raises": raised} if raised else {}
        return call(f"{pytest}.mark.xfail", strict="True", **named, reason=reason)

    def _is_unsendable(self) -> bool:
        return is_unsendable(self.plan)

    def _refusal(self) -> Expression | None:
        """Return the class of what pickling raised."""
        verdict = self.plan.occurrence.verdict
        words = verdict.evidence[0] if verdict is not None and verdict.evidence else ""
        name = words.partition(" raised ")[2].partition(":")[0]
        if isinstance(getattr(builtins, name, None), type):
            return name
        return ["name", "pickle", name] if name in {"PicklingError", "UnpicklingError"} else None

    def _body(self) -> Iterator[str]:
        if self.style.in_place:
            origin = self.plan.origin
            folder = _path(Path(origin.cwd).resolve(), self.file)
            yield f"monkeypatch.chdir({folder})"
            argv: Expression = ["group", "", "[", "]", [quoted(word) for word in origin.argv]]
            sys = self.names.module("sys")
            whole = call("monkeypatch.setattr", [sys, quoted("argv"), argv])
            yield from lay_out("", whole, "", self.names)
        lines, args, kwargs = self._inputs()
        if self.parts["initializer"] is not None and isinstance(self.plan.occurrence, Failure):
            yield "# The initializer of the pool."
            made = lay_out(_TAB, self.parts["initializer"], "", self.names)
            yield from _inner(made)
        yield from lines
        if isinstance(self.plan.occurrence, Failure):
            yield from self._call(args, kwargs)
        else:
            yield from self._process(args, kwargs)

    def _inputs(self) -> tuple[list[str], list[Expression], dict[str, Expression]]:
        """Return lines that make the inputs, and what stands for each in the call."""
        parts = self.parts
        if parts["pickle"] is not None:
            return list(self._loaded()), ["*args"], {"**": "kwargs"}
        args, kwargs = list(parts["args"]), dict(parts["kwargs"])
        for one in (parts["head"], *args, *kwargs.values()):
            flat(one, self.names)  # so that all names are known
        text = flat(call(parts["head"], args, **kwargs), self.names)
        if len(text) <= WIDTH - 2 * len(_TAB):
            return [], args, kwargs
        lines: list[str] = []
        for at, name in enumerate(parts["names"]):
            args[at] = self._own_line(name, args[at], lines)
        for name, value in kwargs.items():
            kwargs[name] = self._own_line(name, value, lines)
        return lines, args, kwargs

    def _own_line(self, name: str, value: Expression, lines: list[str]) -> Expression:
        """Give a long input a name of its own."""
        name = name.lstrip("_").lower()
        taken = name in dir(builtins) or name in self.names.used or keyword.iskeyword(name)
        fits = name.isidentifier() and len(name) > 1 and not taken and name != "monkeypatch"
        is_long = not isinstance(value, str) and len(flat(value, self.names)) > _SHORT
        if not (fits and is_long) or any(line.startswith(f"{name} = ") for line in lines):
            return value
        lines += _inner(lay_out(f"{_TAB}{name} = ", value, "", self.names))
        return name

    def _loaded(self) -> Iterator[str]:
        why = self.parts["why"]
        text = f"Inputs as they were recorded, pickled by mpdiag: {why}."
        yield from (f"# {line}" for line in wrap(text, WIDTH - 6))
        file = pickle_file(self.plan, self.file).name
        path = self.names("pathlib", "Path")
        pickle = self.names.module("pickle")
        yield f"path = {path}(__file__).with_name({quoted(file)})"
        yield f"args, kwargs = {pickle}.loads(path.read_bytes())"

    def _call(self, args: list[Expression], kwargs: dict[str, Expression]) -> Iterator[str]:
        pairs = kwargs.items()
        named: list[Expression] = [
            f"**{value}" if name == "**" else ["pair", name, "=", value] for name, value in pairs
        ]
        made = call(self.parts["head"], [*args, *named])
        if self._is_unsendable():
            sender = self.names("multiprocessing.reduction", "ForkingPickler")
            pickle = self.names.module("pickle")
            made = call(f"{pickle}.loads", [call(f"{sender}.dumps", [made])])
        yield from _inner(lay_out(_TAB, made, "", self.names))

    def _process(self, args: list[Expression], kwargs: dict[str, Expression]) -> Iterator[str]:
        multiprocessing = self.names.module("multiprocessing")
        named: dict[str, Expression] = {"target": self.parts["head"]}
        if "**" in kwargs:
            named |= {"args": "args", "kwargs": "kwargs"}
        else:
            pairs = [["pair", quoted(name), ": ", value] for name, value in kwargs.items()]
            named |= {"args": ["group", "", "(", ")", args]} if args else {}
            named |= {"kwargs": ["group", "", "{", "}", pairs]} if pairs else {}
        is_hang = never_ended(self.plan.occurrence)
        yield f'context = {multiprocessing}.get_context("spawn")'
        made = call("context.Process", **named)
        yield from _inner(lay_out(f"{_TAB}worker = ", made, "", self.names))
        yield "worker.start()"
        yield f"worker.join(timeout={_HANG if is_hang else _CRASH})"
        yield "exit_code = worker.exitcode"
        yield "worker.kill()"
        yield "worker.join()"
        yield f"assert exit_code {self._bad_end()}"

    def _bad_end(self) -> str:
        first = self.plan.occurrence
        if not isinstance(first, Crash) or never_ended(first):
            return "is not None"
        if first.status.signal is None:
            return f"!= {first.status.code}"
        name = _signal_name(first.status)
        module = self.names.module("signal")
        return f"!= -{module}.{name}" if name.startswith("SIG") else f"!= -{first.status.signal}"


def is_unsendable(plan: Plan) -> bool:
    """Whether the call itself went well, and its result could not be sent."""
    first = plan.occurrence
    verdict = first.verdict
    return isinstance(first, Failure) and verdict is not None and "result" in verdict.headline


def _inner(lines: Iterator[str]) -> list[str]:
    return [line[len(_TAB) :] for line in lines]


def _short(target: str) -> str:
    """Return the last part of a name that tells something."""
    parts = [part for part in target.split(".") if not part.startswith("__")]
    return parts[-1] if parts else target


def _what(plan: Plan) -> str:
    first = plan.occurrence
    if is_unsendable(plan):
        return "unsendable result"
    if isinstance(first, Failure):
        return first.error.type.rpartition(".")[2]
    if isinstance(first, Crash) and not never_ended(first):
        return _signal_name(first.status)
    return "hang"


def _signal_name(status: ExitStatus) -> str:
    import signal

    try:
        return signal.Signals(status.signal or 0).name
    except ValueError:
        return f"exit code {status.code}"
