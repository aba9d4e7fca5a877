"""Imports run one way, nobody imports the package root, and no module is too long to read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mpdiag

PACKAGE = Path(mpdiag.__file__).parent

# From the top of the house to its ground: a part imports lower lines only, and what stands
# on one line does not know its neighbours.
LAYERS = (
    ("__main__", "__init__"),
    ("cli",),
    ("session", "bench"),
    ("runner",),
    ("pool", "sharing", "reports", "check"),
    ("patches", "supervisor", "replay"),
    ("worker", "store", "judge", "analysis", "hints"),
    ("options", "codec", "recorder", "channels", "evidence", "testing", "layout"),
    ("model",),
    ("errors", "_lazy", "_version"),
)
# Kept out of its part's own file for the sake of what it imports.
PART = {"_crashed": "errors"}
# Where a face would cost each worker more than the one module behind it that it needs.
PAST_A_FACE: dict[tuple[str, ...], str] = {
    ("patches", "_arm"): "worker",
    ("patches", "_kill"): "worker",
}
HEIGHT = {part: height for height, line in enumerate(reversed(LAYERS)) for part in line}

# More: nobody reads a module in one sitting.  Fewer: a thought is cut in two to fit.
MOST_LINES = 350

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path, package: Path = PACKAGE) -> tuple[str, ...]:
    """Return the dotted name of the module at *path*, in parts, without the package's own."""
    return path.relative_to(package).with_suffix("").parts


def imports(tree: ast.AST, module: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line and target of each import of this package, wherever in the module it stands.

    A target is a name in parts, relative to the package; the empty one is the root itself.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield from _absolute(node.lineno, alias.name)
            case ast.ImportFrom(module=name, names=names, level=0):
                yield from _from(node.lineno, name or "", names)
            case ast.ImportFrom(module=name, names=names, level=level):
                here = ("mpdiag", *module)[:-level]
                yield from _from(node.lineno, ".".join((*here, *filter(None, [name]))), names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield from _absolute(node.lineno, name)


def _absolute(line: int, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    head, *rest = name.split(".")
    if head == "mpdiag":
        yield line, tuple(rest)


def _from(line: int, name: str, names: list[ast.alias]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """``from mpdiag import x`` imports the part *x* if there is one, and else the root."""
    if name == "mpdiag":
        for alias in names:
            yield line, (alias.name,) if alias.name in {*HEIGHT, *PART} else ()
    else:
        yield from _absolute(line, name)


def breaches(source: str, module: tuple[str, ...]) -> list[str]:
    """Return what the module of this name and source does against the layers, one line each."""
    found = []
    mine = PART.get(module[0], module[0])
    for line, target in imports(ast.parse(source), module):
        where = f"{'/'.join(module)}.py:{line}"
        theirs = PART.get(target[0], target[0]) if target else ""
        if not target:
            found.append(f"{where} imports the package root")
        elif theirs not in HEIGHT:
            found.append(f"{where} imports {theirs!r}, which has no layer")
        elif theirs == mine:
            continue
        elif HEIGHT[theirs] >= HEIGHT[mine]:
            found.append(f"{where} imports {theirs}, which is not below {mine}")
        elif len(target) > 1 and mine != "__init__" and PAST_A_FACE.get(module) != theirs:
            found.append(f"{where} reaches past the face of {theirs}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: ".".join(name_of(path)))
def test_imports_run_one_way(path: Path) -> None:
    """A module imports faces of lower layers only, in functions and for types too."""
    assert breaches(path.read_text(encoding="utf-8"), name_of(path)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: ".".join(name_of(path)))
def test_a_module_fits_in_one_sitting(path: Path) -> None:
    """No module has more lines than the limit."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_every_part_has_its_layer() -> None:
    """Every folder and module of the package stands in the table above."""
    assert {name_of(path)[0] for path in MODULES} <= {*HEIGHT, *PART}


@pytest.mark.parametrize(
    ("source", "module", "words"),
    [
        ("from ..cli import main", ("model", "_task"), "not below model"),
        ("def f():\n    from ..runner import start", ("worker", "_guard"), ":2 imports runner"),
        ("if TYPE_CHECKING:\n    from ..store import Store", ("judge", "_death"), "not below"),
        ("from ..judge import judge", ("worker", "_guard"), "not below worker"),
        ("import mpdiag", ("codec", "_text"), "package root"),
        ("from mpdiag import guard", ("codec", "_text"), "package root"),
        ("from .. import guard", ("codec", "_text"), "package root"),
        ("from mpdiag import runner", ("codec", "_text"), "not below codec"),
        ("import mpdiag.cli", ("codec", "_text"), "not below codec"),
        ("import_module('mpdiag.cli')", ("codec", "_text"), "not below codec"),
        ("from ..model._task import Task", ("codec", "_text"), "past the face of model"),
        ("from ..utils import f", ("codec", "_text"), "no layer"),
    ],
)
def test_a_wrong_import_is_found(source: str, module: tuple[str, ...], words: str) -> None:
    """The check sees each way in which an import can run up or sideways."""
    (breach,) = breaches(source, module)
    assert words in breach


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from ..model import Task", ("codec", "_text")),
        ("from ..errors import UsageError", ("cli", "_run")),
        ("from ._text import describe", ("codec", "__init__")),
        ("from .cli import main", ("__main__",)),
        ("import json, pickle", ("codec", "_text")),
    ],
)
def test_a_right_import_passes(source: str, module: tuple[str, ...]) -> None:
    """What the layers allow is left alone."""
    assert breaches(source, module) == []
