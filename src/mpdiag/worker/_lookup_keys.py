"""Keys, indexes, attributes and next items that are not there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from types import ModuleType
from typing import cast

from .. import codec
from ..model import Lookup, Place
from ._bindings import anywhere
from ._containers import Held, held
from ._look import MOST_PLACES, Look, brief
from ._lookup_none import read_none

# Keys that are named.  More: the line that matters is pushed off the screen.
MOST_KEYS = 12
_BY_KEY = frozenset({"pop", "remove", "popitem", "__getitem__", "__delitem__", "move_to_end"})


def read_key(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return which container lacks the key of a KeyError."""
    args = BaseException.args.__get__(error)  # type: ignore[attr-defined]
    container, key = _looked_in(look.node)
    if len(args) != 1 or container is None:
        return None
    sought = args[0]
    asked = codec.UNKNOWN if key is None else look.value(key)
    if below and (asked is codec.UNKNOWN or not _is_lookup(look.node, below)):
        return None  # code below may have raised it for a key of its own
    if asked is not codec.UNKNOWN and not codec.same(asked, sought):
        return None
    value = look.value(container)
    found = held(value, sought)
    if found is None:
        return None
    is_pop = isinstance(look.node, ast.Call) and not look.node.args and not look.node.keywords
    return _lookup(
        look,
        container,
        value,
        kind="key",
        sought="" if is_pop else brief(sought),
        removed_at=tuple(_removals(look, container, sought)),
        role=found.role,
        **({} if is_pop else _keys(sought, found)),
        size=_size(value) if found.keys is None else len(found.keys),
    )


def _size(value: object) -> int | None:
    return None if value is codec.UNKNOWN else codec.outline(value).size


def _lookup(look: Look, node: ast.expr, value: object, **facts: object) -> Lookup:
    path = look.path(node, value)
    return Lookup(
        frame=look.index,
        subject=look.text(node),
        value=look.keep(node, value),
        path=path,
        set_at=look.set_at(node) if not path else (),
        **facts,  # type: ignore[arg-type]
    )


def _looked_in(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    """Return the container and the key of an expression that may raise a KeyError."""
    match node:
        case ast.Subscript(value=container, slice=key):
            return container, key
        case ast.Call(func=ast.Attribute(value=container, attr=name), args=[key]) if (
            name in _BY_KEY
        ):
            return container, key
        case ast.Call(func=ast.Attribute(value=container, attr="popitem" | "pop"), args=[]):
            return container, None
        case ast.Call(func=ast.Attribute(attr="format_map"), args=[container]):
            return container, None
        case ast.Call(func=ast.Attribute(attr="format"), keywords=[ast.keyword(arg=None)]):
            return node.keywords[0].value, None
        case (
            ast.BinOp(op=ast.Mod(), right=container) | ast.AugAssign(op=ast.Mod(), value=container)
        ):
            return container, None
    return None, None


def _is_lookup(node: ast.AST, below: str) -> bool:
    """Tell whether the frame called *below* is that of the lookup in *node*."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == below
    return below in {"__getitem__", "__missing__", "__delitem__"}


def _keys(sought: object, found: Held) -> dict[str, object]:
    """Return what may be told of the keys that are there."""
    if found.keys is None:
        return {}
    plain = [key for key in found.keys if codec.is_plain(key)]
    near = codec.near(sought, plain) if codec.is_plain(sought) else None
    kind = found.key_type
    other = kind if kind is not type(sought) and kind and codec.is_plain(sought) else None
    return {
        "keys": tuple(map(brief, islice(found.keys, MOST_KEYS))),
        "near": brief(near[0]) if near else "",
        "how": near[1] if near else "",
        "key_type": codec.type_name(other) if other else "",
    }


def _removals(look: Look, container: ast.expr, sought: object) -> Iterator[Place]:
    """Yield the lines of the function, before the failing one, that take the key out."""
    scope = look.site.path()[-1]
    own = ast.unparse(container)
    line = getattr(look.node, "lineno", 0)
    found = []
    for node in ast.walk(scope):
        if node is look.node or not hasattr(node, "lineno"):
            continue
        there, name, takes = _taken_out(node)
        early = node.lineno < line or _share_a_loop(look, node)
        if not takes or not early or there is None or ast.unparse(there) != own:
            continue
        if name is None or codec.same(look.value(name), sought):
            found.append(node)
    for node in sorted(found, key=lambda one: one.lineno)[:MOST_PLACES]:
        yield Place(line=node.lineno, text=look.text(node))


def _taken_out(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None, bool]:
    match node:
        case ast.Subscript(value=container, slice=key, ctx=ast.Del()):
            return container, key, True
        case ast.Call(func=ast.Attribute(value=container, attr="pop"), args=[key, *_]):
            return container, key, True
        case ast.Call(func=ast.Attribute(value=container, attr="clear"), args=[]):
            return container, None, True
    return None, None, False


def _share_a_loop(look: Look, node: ast.AST) -> bool:
    loops = (one for one in look.site.path() if isinstance(one, (ast.For, ast.While)))
    return any(node in ast.walk(loop) for loop in loops)


def read_index(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return which sequence is shorter than an index."""
    del error
    match look.node:
        case ast.Subscript(value=container, slice=index):
            pass
        case ast.Call(func=ast.Attribute(value=container, attr="pop" | "popleft"), args=args):
            index = args[0] if args else None  # type: ignore[assignment]
        case _:
            return None
    if below and not _is_lookup(look.node, below):
        return None
    value = look.value(container)
    size = _length(value)
    asked = look.value(index) if index is not None else codec.UNKNOWN
    if asked is not codec.UNKNOWN and type(asked) is not int:
        return None  # an error of another kind
    if size is not None and type(asked) is int and -size <= asked < size:
        return None  # it has changed since
    if value is not codec.UNKNOWN and size is None and codec.is_plain(value):
        return None
    sought = "" if asked is codec.UNKNOWN else brief(asked)
    return _lookup(look, container, value, kind="index", sought=sought, size=size)


def _length(value: object) -> int | None:
    if type(value) is range:
        return len(value)
    return None if codec.is_a(value, dict, set, frozenset) else codec.outline(value).size


def read_attribute(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return whose attribute is not there; of None, what was None."""
    del below
    error = cast("AttributeError", error)
    name, obj = error.name, error.obj
    if type(name) is not str:
        return read_none(look, error) if obj is None else None
    match look.node:
        case ast.Attribute(value=holder, attr=attr) if attr == name:
            pass
        case ast.Call(func=ast.Name(id="getattr"), args=[holder, *_]):
            pass
        case _:
            return None
    value = look.value(holder)
    if value is not codec.UNKNOWN and value is not obj:
        return None
    if obj is None:
        return read_none(look, error)
    names = attributes(obj, private=name.startswith("_"))
    near = codec.near(name, names)
    own = [one for one, _ in codec.instance_fields(obj)]
    shown = () if type(obj) is ModuleType else own
    return _lookup(
        look,
        holder,
        obj,
        kind="attribute",
        sought=name,
        near=str(near[0]) if near else "",
        how=near[1] if near else "",
        keys=tuple(shown[:MOST_KEYS]),
        size=len(shown),
        remark=_as_key(name, obj) or _set_elsewhere(look, holder, name),
    )


def attributes(value: object, *, private: bool) -> list[str]:
    """Return the names under which *value* and its class hold something."""
    own = [name for name, _ in codec.instance_fields(value)]
    of_itself = codec.class_names(value) if codec.is_a(value, type) else ()  # type: ignore[arg-type]
    names = dict.fromkeys((*own, *of_itself, *codec.class_names(type(value))))
    return [name for name in names if private or not name.startswith("_")]


def _as_key(name: str, value: object) -> str:
    """Return what to say of a dict that has as a key what was asked for as an attribute."""
    if not codec.is_a(value, dict):
        return ""
    there = any(codec.same(key, name) for key, _ in codec.dict_items(value))
    return f"it has the key {name!r}" if there else ""


def _set_elsewhere(look: Look, holder: ast.expr, name: str) -> str:
    """Return which methods of the class around set an attribute that is not there yet."""
    if not (isinstance(holder, ast.Name) and holder.id == "self"):
        return ""
    node = ast.Attribute(value=holder, attr=name)
    places = look.set_at(node)
    said = [f"{one.function or 'it'}() in line {one.line}" for one in places if one.function]
    return f"{' or '.join(said)} sets it" if said else ""


def read_next(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return which iterator had no next item."""
    del error
    match look.node:
        case ast.Call(func=ast.Name(id="next"), args=[iterator]) if not below:
            value = look.value(iterator)
            return _lookup(look, iterator, value, kind="next", remark=_over(look, iterator))
    return None


def _over(look: Look, iterator: ast.expr) -> str:
    """Return what an iterator made by ``iter(x)`` goes over, if that is empty."""
    made = iterator
    if isinstance(iterator, ast.Name):
        found = anywhere(iterator.id, look.site.path()[-1])
        made = found[0].value or iterator if len(found) == 1 else iterator
    match made:
        case ast.Call(func=ast.Name(id="iter" | "reversed"), args=[ast.Name() as things]):
            if len(anywhere(things.id, look.site.path()[-1])) > 1:
                return ""  # it may be another one by now
            value = look.value(things)
            size = None if value is codec.UNKNOWN else codec.outline(value).size
            return f"{look.text(things)} is empty" if size == 0 else ""
    return ""
