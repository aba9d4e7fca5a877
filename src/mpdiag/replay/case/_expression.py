"""Python expressions as plain data, so that they can leave the process that has the value."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Expression: TypeAlias = "str | list[Any]"
# str                                   text as it stands
# ["name", module, qualified name]      what must be imported first
# ["attribute", of, name]               what stands behind a dot
# ["group", head, open, close, items]   a call or a container
# ["pair", key, separator, value]       an item of a dict, or an argument by its name
Naming: TypeAlias = Callable[[str, str], str]
"""From a module and a qualified name in it to what stands in the text."""


class NoExpression(Exception):
    """The value cannot be written down; the message says why."""


def group(opening: str, items: Iterable[Expression], closing: str) -> Expression:
    """Return a container of *items*."""
    return ["group", "", opening, closing, list(items)]


def call(head: Expression, args: Iterable[Expression] = (), /, **named: Expression) -> Expression:
    """Return a call of *head*."""
    pairs: list[Expression] = [["pair", name, "=", value] for name, value in named.items()]
    return ["group", head, "(", ")", [*args, *pairs]]


def name_of(thing: object) -> Expression:
    """Return the name under which a function or class can be imported.

    Raises:
        NoExpression: it is a lambda, defined in a function, or not found under its name.
    """
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        raise NoExpression(f"a {type(thing).__qualname__} has no name to import it by")
    if "<lambda>" in name:
        raise NoExpression("a lambda cannot be imported")
    if "<locals>" in name:
        raise NoExpression(f"{name.rpartition('.')[2]} is defined inside of a function")
    if attribute(sys.modules.get(module), name) is not thing:
        raise NoExpression(f"{module}.{name} is not what it names")
    return name if module == "builtins" else ["name", module, name]


def attribute(value: object, path: str) -> object:
    """Return what *path* leads to from *value*, or None."""
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def flat(expression: Expression, naming: Naming) -> str:
    """Return *expression* on one line."""
    if isinstance(expression, str):
        return expression
    match expression:
        case ["name", module, name]:
            return naming(module, name)
        case ["attribute", of, name]:
            return f"{flat(of, naming)}.{name}"
        case ["pair", key, separator, value]:
            return f"{flat(key, naming)}{separator}{flat(value, naming)}"
        case ["group", head, opening, closing, items]:
            comma = "," if not head and opening == "(" and len(items) == 1 else ""
            inner = ", ".join(flat(item, naming) for item in items)
            return f"{flat(head, naming)}{opening}{inner}{comma}{closing}"
    raise ValueError(expression)


def names_in(expression: Expression) -> set[tuple[str, str]]:
    """Return the modules and names that *expression* needs."""
    found: set[tuple[str, str]] = set()

    def note(module: str, name: str) -> str:
        found.add((module, name))
        return name

    flat(expression, note)
    return found
