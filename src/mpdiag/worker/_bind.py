"""Parameter names for the inputs of a call, read from code objects: no user code runs."""

from __future__ import annotations

import functools
from types import BuiltinFunctionType, FunctionType, MethodType

_VARARGS, _VARKEYWORDS = 0x04, 0x08
# Between the parts of a target in the recorder.
SEPARATOR = "\x1f"


def bind(
    target: object, args: tuple[object, ...], kwargs: dict[str, object]
) -> tuple[str, str, dict[str, object]]:
    """Return qualified name, signature as in a call, and the inputs by parameter name.

    Where no code object tells the names, inputs are called ``args[0]``, ``args[1]`` and so on.
    """
    while type(target) is functools.partial:
        args = (*target.args, *args)
        kwargs = {**target.keywords, **kwargs}
        target = target.func
    target, args = _to_function(target, args)
    name = qualified_name(target)
    short = name.rpartition(".")[2]
    if not isinstance(target, FunctionType):
        inputs = {f"args[{i}]": value for i, value in enumerate(args)} | kwargs
        return name, f"{short}({', '.join(inputs)})", inputs
    names, inputs = _by_name(target, args, kwargs)
    return name, f"{short}({', '.join(names)})", inputs


def qualified_name(target: object) -> str:
    """Return ``module.qualname`` of a callable, or of the class of an object."""
    if not isinstance(target, (type, FunctionType, BuiltinFunctionType)):
        target = type(target)
    module = target.__module__
    qualname = target.__qualname__
    return (
        qualname
        if module in {"builtins", "__main__", "__mp_main__", None}
        else f"{module}.{qualname}"
    )


def _to_function(target: object, args: tuple[object, ...]) -> tuple[object, tuple[object, ...]]:
    """Unwrap bound methods, callable objects and our own guard, down to a plain function."""
    for _ in range(8):
        if isinstance(target, MethodType):
            args = (target.__self__, *args)
            target = target.__func__
        elif isinstance(target, FunctionType) and "__mpdiag_guard__" in vars(target):
            target = vars(target)["__wrapped__"]
        elif isinstance(target, (type, FunctionType, BuiltinFunctionType)):
            break
        else:
            call = _class_attribute(type(target), "__call__")
            if not isinstance(call, FunctionType):
                break
            target, args = call, (target, *args)
    return target, args


def unwrapped(target: object) -> object:
    """Return the function that *target*, a partial or a guarded function, ends up calling."""
    while type(target) is functools.partial:
        target = target.func
    return _to_function(target, ())[0]


def described_target(target: object) -> str:
    """Return ``module.name(parameters)`` and where it is defined, for the recorder."""
    name, signature, _ = bind(target, (), {})
    file, line = definition(target)
    parameters = signature[signature.index("(") :]
    return f"{name}{parameters if file else ''}{SEPARATOR}{file}{SEPARATOR}{line}"


def definition(target: object) -> tuple[str, int]:
    """Return file and first line of *target*, or an empty name and 0."""
    function = unwrapped(target)
    if not isinstance(function, FunctionType):
        return "", 0
    return function.__code__.co_filename, function.__code__.co_firstlineno


def _class_attribute(cls: type, name: str) -> object:
    for base in type.mro(cls) if cls is not type else ():
        if name in vars(base):
            return vars(base)[name]
    return None


def _by_name(
    function: FunctionType, args: tuple[object, ...], kwargs: dict[str, object]
) -> tuple[list[str], dict[str, object]]:
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    count = code.co_argcount + code.co_kwonlyargcount
    keyword = code.co_varnames[code.co_argcount : count]
    inputs: dict[str, object] = dict(zip(positional, args, strict=False))
    names = list(positional)
    rest = args[len(positional) :]
    if code.co_flags & _VARARGS:
        names.append("*" + code.co_varnames[count])
        if rest:
            inputs["*" + code.co_varnames[count]] = rest
        count += 1
    else:
        inputs |= {f"args[{len(positional) + i}]": value for i, value in enumerate(rest)}
    names += keyword
    if code.co_flags & _VARKEYWORDS:
        names.append("**" + code.co_varnames[count])
    return names, inputs | kwargs
