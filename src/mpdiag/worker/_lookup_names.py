"""Names that stand for nothing, or for nothing yet."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from typing import cast

from .. import codec
from ..model import Lookup, Place
from ._bindings import Binding, anywhere, reaching
from ._look import Look, message_of

_HIDDEN = "a global of that name is not meant: a local hides it"
_ENDS = "an except clause takes its name away at its end"
_QUOTED = re.compile(r"'([^']+)'")


def read_name(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return what may have been meant by a name that stands for nothing."""
    name = cast("NameError", error).name
    if type(name) is not str:
        name = _named(error)
    if below or not (isinstance(look.node, ast.Name) and look.node.id == name):
        return None
    if name in look.frame.f_code.co_freevars:
        return _without_value(look, name)
    candidates = [*look.names, *look.frame.f_globals, *vars(builtins)]
    public = [one for one in candidates if type(one) is str and not one.startswith("__")]
    near = codec.near(name, public)
    return Lookup(
        kind="name",
        frame=look.index,
        subject=name,
        sought=name,
        near=str(near[0]) if near else "",
        how=near[1] if near else "",
        set_at=_under_guard(look, name),
        remark="" if near or name not in sys.stdlib_module_names else "a module, not imported here",
    )


def _named(error: BaseException) -> str:
    found = _QUOTED.search(message_of(error))
    return found[1] if found else ""


def _under_guard(look: Look, name: str) -> tuple[Place, ...]:
    """Return where the module sets *name* only as the main program."""
    tree = look.site.above[-1]
    found = anywhere(name, tree)
    guards = [node for node in ast.iter_child_nodes(tree) if _is_guard(node)]
    inside = [one for one in found if any(one.node in ast.walk(guard) for guard in guards)]
    return look.places(iter(inside)) if inside and len(inside) == len(found) else ()


def _is_guard(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def read_unbound(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return where a local variable would get the value that it does not have yet."""
    name = _named(error)
    if below or not (isinstance(look.node, ast.Name) and look.node.id == name):
        return None
    return _without_value(look, name)


def _without_value(look: Look, name: str) -> Lookup:
    found = anywhere(name, look.site.path()[-1])
    last = reaching(name, look.site.path()) or []
    gone = last if len(last) == 1 and isinstance(last[0].node, ast.Delete) else []
    said = _HIDDEN if name in look.frame.f_globals else ""
    if any(isinstance(one.node, ast.ExceptHandler) for one in found):
        said = _ENDS
    return Lookup(
        kind="unbound",
        frame=look.index,
        subject=name,
        sought=name,
        set_at=look.places(_bound(found)),
        removed_at=look.places(gone),
        remark=said,
    )


def _bound(found: list[Binding]) -> filter[Binding]:
    return filter(lambda one: not isinstance(one.node, ast.Delete), found)
