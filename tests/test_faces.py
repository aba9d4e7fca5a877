"""What a folder shows is what it says it shows, and all of it is described."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import mpdiag

PACKAGE = Path(mpdiag.__file__).parent
FACES = sorted(
    ".".join(("mpdiag", *path.parent.relative_to(PACKAGE).parts))
    for path in PACKAGE.rglob("__init__.py")
)


def names_there(source: str) -> set[str]:
    """Return the public names that a face takes from its siblings or makes itself."""
    names: set[str] = set()
    for node in _statements(ast.parse(source).body):
        match node:
            case ast.ImportFrom(level=1, names=aliases):
                names.update(alias.asname or alias.name for alias in aliases)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    shown = {name for name in names if not name.startswith("_") or name == "__version__"}
    return shown - {"TYPE_CHECKING"}


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a module, with those under ``if`` (TYPE_CHECKING) drawn up."""
    return [
        found
        for node in body
        for found in (_statements(node.body + node.orelse) if isinstance(node, ast.If) else [node])
    ]


def as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants first, then classes, then the rest: the order that the linter asks for."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name


@pytest.mark.parametrize("face", FACES)
def test_all_is_what_is_there(face: str) -> None:
    """``__all__`` is a sorted tuple of exactly the public names of the face."""
    module = import_module(face)
    assert isinstance(module.__all__, tuple)
    assert list(module.__all__) == sorted(module.__all__, key=as_ruff_sorts)
    assert set(module.__all__) == names_there(inspect.getsource(module))


@pytest.mark.parametrize("face", FACES)
def test_every_public_name_can_be_had_and_is_described(face: str) -> None:
    """Each public name resolves; classes, their public methods and functions say what they do."""
    module = import_module(face)
    silent = [name for name in module.__all__ if not is_described(getattr(module, name))]
    assert silent == []


def is_described(value: object) -> bool:
    """Tell whether *value* and its public methods carry a docstring written by a person."""
    if inspect.isclass(value):
        # A dataclass without one is given its signature as docstring.
        written = bool(value.__doc__) and not str(value.__doc__).startswith(f"{value.__name__}(")
        return written and all(
            bool(inspect.getdoc(member))
            for name, member in vars(value).items()
            if not name.startswith("_") and inspect.isfunction(member)
        )
    return bool(inspect.getdoc(value)) if callable(value) else True


def test_a_forgotten_name_is_found() -> None:
    """The check sees names imported under TYPE_CHECKING, defined, and assigned."""
    source = (
        "if TYPE_CHECKING:\n    from .a import A as A\n"
        "from .b import B, _c\nfrom ..d import D\nimport e\n"
        "def f(): ...\nG = 1\n_h = 2\n__all__ = ()\n"
    )
    assert names_there(source) == {"A", "B", "f", "G"}


def test_a_missing_docstring_is_found() -> None:
    """The check sees a silent function and a silent method."""

    class Half:
        """Described."""

        def silent(self) -> None: ...

    assert not is_described(Half)
    assert not is_described(lambda: None)
    assert is_described(is_described)
