"""Shapes of what has a name: classes, functions, methods, modules, generators, exceptions."""

from __future__ import annotations

from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)

from ._shape import Entry, Group, Shape, called, named
from ._types import exact_text, instance_dict, instance_fields, is_from, qualname, type_name

_args_of = BaseException.__dict__["args"].__get__


def shape_of_named(value: object) -> Shape | None:
    """Return the shape of a value that is best told by its name; None for others."""
    kind = type(value)
    if issubclass(kind, type):
        return f"<class {type_name(value)}>"  # type: ignore[arg-type]
    if issubclass(kind, BaseException):
        return called(qualname(kind), tuple.__iter__(_args_of(value)))
    if issubclass(kind, ModuleType):
        return f"<module {exact_text(dict.get(instance_dict(value), '__name__'))}>"
    if kind is SimpleNamespace:
        return named("namespace", list(instance_fields(value)))
    if is_from(kind, "functools", "partial"):
        return _shape_of_partial(value)
    return _shape_of_callable(value)


def _shape_of_callable(value: object) -> Shape | None:
    kind = type(value)
    if kind is FunctionType:
        return f"<function {_function_name(value)}>"
    if kind is MethodType:
        return _shape_of_method(value.__func__)  # type: ignore[attr-defined]
    if kind is BuiltinFunctionType:
        return f"<built-in function {exact_text(value.__name__)}>"  # type: ignore[attr-defined]
    if kind is CodeType:
        return f"<code {exact_text(value.co_name)}>"  # type: ignore[attr-defined]
    if kind is GeneratorType or kind is CoroutineType or kind is AsyncGeneratorType:
        return f"<{type_name(kind)} {exact_text(value.__qualname__)}>"  # type: ignore[attr-defined]
    return None


def _function_name(function: object) -> str:
    name = exact_text(function.__qualname__)  # type: ignore[attr-defined]
    module = exact_text(function.__module__, "")
    return f"{module}.{name}" if module else name


def _shape_of_method(function: object) -> Shape:
    known = type(function) is FunctionType
    return f"<bound method {_function_name(function) if known else type_name(type(function))}>"


def _shape_of_partial(value: object) -> Shape:
    kind = type(value)
    parts = {
        name: kind.__dict__[name].__get__(value, kind) for name in ("func", "args", "keywords")
    }
    entries = [Entry(parts["func"])]
    entries += [Entry(item) for item in tuple.__iter__(parts["args"])]
    entries += [Entry(item, exact_text(name)) for name, item in dict.items(parts["keywords"])]
    return Group("functools.partial(", ")", entries, len(entries))
