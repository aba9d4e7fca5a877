"""What kind of callable a target is; asks no class of the user."""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType


def function_in(target: object) -> FunctionType | None:
    """Return the function that *target* is or has; asks no class of the user."""
    inner: object = target
    if type(target) is MethodType:
        inner = target.__func__
    elif type(target) is partial:
        inner = target.func
    return inner if type(inner) is FunctionType else None


def is_plain_builtin(target: object) -> bool:
    """Whether *target* is a function of a module that is written in C."""
    return type(target) is BuiltinFunctionType and type(target.__self__) is ModuleType
