"""One look at a failing expression: its values, its source, and what may be told of them."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from types import FrameType

from .. import codec
from ..model import Place, Snapshot
from ._bindings import Binding, anywhere, reaching, targets
from ._kept import keep, mask
from ._site import SCOPES, Site

# Lines that are named.  More: none of them stands out.
MOST_PLACES = 3
_SHORT = codec.Budget(depth=2, items=6, text=60, total=80)
# PEP 709
_ARE_INLINED = sys.version_info >= (3, 12)
_TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))  # 3.11
_INLINED = (ast.ListComp, ast.SetComp, ast.DictComp)


class Look:
    """What is at hand where an exception left its frame."""

    def __init__(
        self,
        site: Site,
        frame: FrameType,
        inputs: Mapping[str, object],
        *,
        index: int,
        certain: bool = True,
    ) -> None:
        self.site, self.frame, self.inputs = site, frame, inputs
        self.certain = certain
        """Whether the site is the only one that it can be."""
        self.index = index
        """Of the frame in its trace."""
        self.names = names_of(frame)
        self._unsure = {*_inlined(site), *_touched_since(site)}

    @property
    def node(self) -> ast.AST:
        """The part of the source that failed."""
        return self.site.node

    def value(self, node: ast.expr) -> object:
        """Return the value of *node*; UNKNOWN where it cannot be had without running code."""
        return codec.value_at(node, self._value_of_name)

    def _value_of_name(self, name: str) -> object:
        if name in self._unsure:
            return codec.UNKNOWN
        return value_of_name(self.frame, self.names, name)

    def text(self, node: ast.AST) -> str:
        """Return *node* as it stands in the source, masked."""
        return mask().text(self.site.text(node))

    def keep(self, node: ast.expr, value: object) -> Snapshot | None:
        """Return *value*, which *node* holds, as the settings allow."""
        if value is codec.UNKNOWN:
            return None
        return keep(_SECRET if hides(node) else "", value)

    def path(self, node: ast.expr, value: object) -> str:
        """Return *node* as a part of the inputs, if it is one; written as it is, if it says so."""
        path = self._path(node, value)
        return self.text(node) if path == ast.unparse(node) else path

    def _path(self, node: ast.expr, value: object) -> str:
        if value is not codec.UNKNOWN:
            found = codec.path_to(value, self.inputs)
            if found:
                return found
        if isinstance(node, ast.Name):
            return node.id if self._is_input(node.id, value) else ""
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            inner = self._path(node.value, self.value(node.value))
            if isinstance(node, ast.Attribute):
                return f"{inner}.{node.attr}" if inner else ""
            key = self.value(node.slice)
            return f"{inner}[{key!r:.60}]" if inner and codec.is_plain(key) else ""
        return ""

    def _is_input(self, name: str, value: object) -> bool:
        """Tell whether a variable has been the parameter of that name all the time."""
        if name not in self.inputs or self.inputs[name] is not value:
            return False
        found = reaching(name, self.site.path())
        return bool(found) and len(found) == 1 and found[0].is_parameter  # type: ignore[index,arg-type]

    def set_at(self, node: ast.expr, *, none: bool = False) -> tuple[Place, ...]:
        """Return the lines that may have given *node* its value; with *none* that may be None."""
        if isinstance(node, ast.NamedExpr):
            node = node.target
        if not isinstance(node, ast.Name):
            return self._set_on_self(node, none=none)
        found = reaching(node.id, self.site.path())
        if found is None:
            found = self._global(node.id)
        return self.places(
            one for one in found if not (none and not one.is_parameter and _is_something(one.value))
        )

    def _global(self, name: str) -> list[Binding]:
        """Return what may have bound a global *name*, if it is one."""
        tree = self.site.path()[-1] if not self.site.above else self.site.above[-1]
        if name in self.names or name not in self.frame.f_globals:
            return []
        found = anywhere(name, tree)
        for node in ast.walk(tree):
            if isinstance(node, SCOPES) and any(
                isinstance(one, ast.Global) and name in one.names for one in ast.walk(node)
            ):
                found += anywhere(name, node)
        return found

    def _set_on_self(self, node: ast.expr, *, none: bool) -> tuple[Place, ...]:
        """Return the lines of the class around that set ``self.name``."""
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            return ()
        found: list[Binding] = []
        for cls in self.site.above:
            if isinstance(cls, ast.ClassDef) and node.value.id == "self":
                found = list(set_on_self(cls, node.attr))
                break
        return self.places(one for one in found if not (none and _is_something(one.value)))

    def places(self, found: Iterable[Binding]) -> tuple[Place, ...]:
        """Return bindings as lines; none at all where there are too many to tell."""
        bindings = sorted(found, key=lambda one: getattr(one.node, "lineno", 0))
        return tuple(map(self._place, bindings)) if len(bindings) <= MOST_PLACES else ()

    def _place(self, one: Binding) -> Place:
        line = getattr(one.node, "lineno", 0)
        around = enclosing(one.node, self.site)
        own = self.site.path()[-1]
        function = around.name if around is not own and isinstance(around, SCOPES[:2]) else ""
        if one.is_parameter:
            default = one.value
            may_be_none = isinstance(default, ast.Constant) and default.value is None
            return Place(line=line, text="=None" if may_be_none else "", is_parameter=True)
        secret = next(filter(hides, targets(one.node)), None)
        text = f"{self.text(secret)} = {codec.MASKED}" if secret else self.text(one.node)
        return Place(line=line, text=text, function=function)


_SECRET = "password"  # noqa: S105 - a name that hides its value


def hides(node: ast.AST) -> bool:
    """Tell whether a name or key in *node* hides what stands behind it."""
    for inner in ast.walk(node):
        word = getattr(inner, "id", None) or getattr(inner, "attr", None)
        if isinstance(inner, ast.Constant):
            word = inner.value
        if isinstance(word, str) and mask().hides(word):
            return True
    return False


def enclosing(node: ast.AST, site: Site) -> ast.AST | None:
    """Return the innermost function around *node* in the module of *site*."""
    tree = site.above[-1] if site.above else site.node
    line, best = getattr(node, "lineno", 0), None
    for one in ast.walk(tree):
        if (
            isinstance(one, SCOPES)
            and one is not node
            and one.lineno <= line <= (one.end_lineno or 0)
        ):
            best = one if best is None or one.lineno >= best.lineno else best
    return best


def set_on_self(cls: ast.ClassDef, name: str) -> Iterator[Binding]:
    """Yield the statements of *cls* that set ``self.name``."""
    for node in ast.walk(cls):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            targets = [node.target]
        for target in targets:
            match target:
                case ast.Attribute(value=ast.Name(id="self"), attr=attr) if attr == name:
                    yield Binding(node, node.value)  # type: ignore[attr-defined]


def message_of(error: BaseException) -> str:
    """Return the text that *error* was raised with; empty if it was no text, or more than that."""
    args = BaseException.args.__get__(error)  # type: ignore[attr-defined]
    return args[0] if len(args) == 1 and type(args[0]) is str else ""


def names_of(frame: FrameType) -> Mapping[str, object]:
    """Return the local variables of *frame*; nothing where they are a mapping of the user's."""
    found = frame.f_locals
    if type(found) is dict:
        return found
    return dict(found) if type(found) is type(sys._getframe().f_locals) else {}


def value_of_name(frame: FrameType, names: Mapping[str, object], name: str) -> object:
    """Return what *name* stands for in *frame*; UNKNOWN if it stands for nothing."""
    if name in names:
        return names[name]
    code = frame.f_code
    if name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars:
        return codec.UNKNOWN
    found = dict.get(frame.f_globals, name, codec.UNKNOWN)
    return dict.get(vars(builtins), name, codec.UNKNOWN) if found is codec.UNKNOWN else found


def brief(value: object) -> str:
    """Return *value*, a key or a name, as Python writes it, masked."""
    return codec.describe(value, _SHORT, mask())


def _inlined(site: Site) -> Iterator[str]:
    """Yield the variables of comprehensions that are no frames of their own: they are gone."""
    for node in site.path() if _ARE_INLINED else ():
        for each in node.generators if isinstance(node, _INLINED) else ():
            yield from (one.id for one in ast.walk(each.target) if isinstance(one, ast.Name))


def _touched_since(site: Site) -> Iterator[str]:
    """Yield the variables that an ``except`` or ``finally`` on the way out may have changed."""
    path = site.path()
    for child, parent in pairwise(path):
        if isinstance(parent, _TRIES) and child in parent.body:
            for part in (*parent.handlers, *parent.finalbody):
                yield from _changed_in(part)


def _changed_in(part: ast.AST) -> Iterator[str]:
    for node in ast.walk(part):
        target = node.func if isinstance(node, ast.Call) else node
        is_method = isinstance(node, ast.Call) and isinstance(target, ast.Attribute)
        if is_method or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
            while isinstance(target, (ast.Attribute, ast.Subscript)):
                target = target.value
            if isinstance(target, ast.Name):
                yield target.id


def _is_something(value: ast.expr | None) -> bool:
    """Tell whether an expression can never be None."""
    if isinstance(value, ast.Constant):
        return value.value is not None
    never = (ast.List, ast.Dict, ast.Set, ast.Tuple, ast.JoinedStr, ast.Lambda, ast.Compare)
    return isinstance(value, (*never, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp))
