"""Bring an exception to its caller, whatever it is made of.

    exact    pickles, and comes back with the same type and text
    rebuilt  a stand-in: an instance of the real class, with the attributes that can travel
    text     a stand-in of the nearest class that the other side can import

The proof is a round trip in the worker, on failures only: some exceptions fail only in the reader,
and hang or break every pool of the standard library.
"""

from __future__ import annotations

import pickle
from types import CodeType, TracebackType
from typing import Any

from ..model import Fidelity
from ._trace import peel

# Texts of tracebacks, which cost half a millisecond each; the code objects are kept, so that no
# other gets their identity.
_stacks: dict[tuple[int, ...], tuple[str, list[CodeType]]] = {}
_MOST_STACKS = 200
# Exceptions for whose message ``traceback`` has more words.
_EMBELLISHED = (AttributeError, ImportError, NameError, SyntaxError)


class RemoteFailure:
    """An exception on its way, with the text of its traceback and the user's own cause."""

    def __init__(
        self, error: BaseException, text: str, remote: type[Exception], cause: BaseException | None
    ) -> None:
        self.error, self.text, self.remote, self.cause = error, text, remote, cause

    def __reduce__(self) -> tuple[object, ...]:
        return rebuild, (self.error, self.text, self.remote, self.cause)


def rebuild(
    error: BaseException, text: str, remote: type[Exception], cause: BaseException | None
) -> BaseException:
    """Return *error* as the standard library would: caused by a remote traceback.

    The user's own cause hangs below that.  Runs in the owner, while it unpickles.
    """
    remote_traceback = remote(text)
    if cause is not None:
        remote_traceback.__cause__ = cause
    error.__cause__ = remote_traceback
    return error


class BrokenFailure(RemoteFailure):
    """The same, of a task for which the standard library calls its whole executor broken."""

    def __reduce__(self) -> tuple[object, ...]:
        return rebuild_broken, (self.error, self.text, self.remote, self.cause)


def rebuild_broken(
    error: BaseException, text: str, remote: type[Exception], cause: BaseException | None
) -> BaseException:
    """Return *error* as `rebuild` does, so that ``except BrokenProcessPool`` catches it too."""
    return also_broken(rebuild(error, text, remote, cause))


def also_broken(error: BaseException) -> BaseException:
    """Return an exception of the class of *error* that is a ``BrokenProcessPool`` as well."""
    from concurrent.futures.process import BrokenProcessPool

    cls = type(error)
    if issubclass(cls, BrokenProcessPool):
        return error
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__}
    try:
        both: Any = type(cls.__name__, (cls, BrokenProcessPool), names)
        made: BaseException = both.__new__(both, *error.args)
        made.args = error.args
        vars(made).update(vars(error))
    except Exception:
        return error
    made.__cause__ = error.__cause__
    return made


def pack(error: BaseException, remote: type[Exception], note: str) -> RemoteFailure:
    """Return what to send in place of *error*; *note* is added to it."""
    from ._capture import add_note

    text = remote_text(error)
    if note:
        add_note(error, note)
    cause = error.__cause__ if travels(error.__cause__) else None
    if travels(error):
        return RemoteFailure(error, text, remote, cause)
    return RemoteFailure(make_stand_in(error), text, remote, cause)


def remote_text(error: BaseException) -> str:
    """Return the traceback as the standard library formats it, without frames of ours."""
    if error.__cause__ is None and error.__context__ is None and not hasattr(error, "exceptions"):
        return remote_words(stack_text(error.__traceback__), error)
    import traceback

    link = peel(error.__traceback__)
    return _quoted("".join(traceback.format_exception(type(error), error, link)))


def remote_words(stack: str, error: BaseException) -> str:
    """Return the same from the text of the frames."""
    return _quoted(stack + _last_line(error))


def _quoted(text: str) -> str:
    return f'\n"""\n{text}"""'


def _last_line(error: BaseException) -> str:
    """Return the type and message as ``traceback`` has them, which takes six times as long."""
    cls = type(error)
    if not issubclass(cls, _EMBELLISHED) and not hasattr(error, "__notes__"):
        try:
            text = str(error)
            plain = cls.__module__ in {"__main__", "builtins"}
            name = cls.__qualname__ if plain else f"{cls.__module__}.{cls.__qualname__}"
        except Exception:
            pass
        else:
            return f"{name}: {text}\n" if text else f"{name}\n"
    import traceback

    return "".join(traceback.format_exception_only(cls, error))


def stack_text(traceback: TracebackType | None) -> str:
    """Return the frames as text, without ours; made once for all that went the same way."""
    codes: list[CodeType] = []
    key: list[int] = []
    link = traceback
    while link is not None:
        code = link.tb_frame.f_code
        codes.append(code)
        key += id(code), link.tb_lasti
        link = link.tb_next
    known = _stacks.get(tuple(key))
    if known is None:
        if len(_stacks) >= _MOST_STACKS:
            _stacks.clear()
        known = _stacks[tuple(key)] = _format(peel(traceback)), codes
    return known[0]


def _format(link: TracebackType | None) -> str:
    import traceback

    if link is None:
        return ""
    return "".join(["Traceback (most recent call last):\n", *traceback.format_tb(link)])


def travels(error: BaseException | None) -> bool:
    """Whether *error* comes out of a pickle as it went in; runs the user's ``__reduce__``."""
    if error is None:
        return False
    try:
        back = pickle.loads(pickle.dumps(error))
        return type(back) is type(error) and str(back) == str(error)
    except Exception:
        return False


class StandIn:
    """Marks an exception that stands for one which cannot travel; its text is the original's."""

    _mpdiag_text = ""
    _mpdiag_recipe: tuple[object, ...] = ()

    def __str__(self) -> str:
        return self._mpdiag_text

    def __reduce__(self) -> tuple[object, ...]:
        return build_stand_in, self._mpdiag_recipe


def fidelity_of(error: BaseException) -> Fidelity:
    """Return how much of *error* will reach the caller."""
    if travels(error):
        return Fidelity.EXACT
    return Fidelity.REBUILT if _importable(type(error)) else Fidelity.TEXT


def make_stand_in(error: BaseException) -> BaseException:
    """Return an instance of the nearest class that can travel, with what else can."""
    cls = type(error)
    nearest = next(base for base in type.mro(cls) if _importable(base))
    attributes: dict[str, object] = {}
    for name, value in getattr(error, "__dict__", {}).items():
        attributes[name] = value if _pickles(value) else _as_text(value)
    args = tuple(arg if _pickles(arg) else _as_text(arg) for arg in error.args)
    try:
        text = str(error)
    except Exception:
        text = "<its str() failed>"
    recipe = (nearest.__module__, nearest.__qualname__, cls.__qualname__, args, attributes, text)
    return build_stand_in(*recipe)


def build_stand_in(  # noqa: PLR0917 - the arguments of a pickle are positional
    module: str,
    qualname: str,
    shown: str,
    args: tuple[object, ...],
    attributes: dict[str, object],
    text: str,
) -> BaseException:
    """Return an exception that is an instance of the named class and prints as *text*.

    No ``__init__`` and no ``__new__`` of the user runs.  Runs in the owner as well.
    """
    real = _find(module, qualname) or Exception
    try:
        cls = type(shown.rpartition(".")[2], (StandIn, real), {"__module__": module})
        error = _bare(cls, args)
    except Exception:
        cls = type(shown.rpartition(".")[2], (StandIn, Exception), {"__module__": module})
        error = Exception.__new__(cls)
    error.args = args
    for name, value in attributes.items():
        try:
            object.__setattr__(error, name, value)
        except (AttributeError, TypeError):
            pass
    error._mpdiag_text = text  # type: ignore[attr-defined]
    error._mpdiag_recipe = (module, qualname, shown, args, attributes, text)  # type: ignore[attr-defined]
    return error


def _bare(cls: type, args: tuple[object, ...]) -> BaseException:
    """Make an instance by the ``__new__`` of the nearest class that the interpreter ships."""
    shipped: Any = next(base for base in type.mro(cls) if base.__module__ == "builtins")
    made: BaseException = shipped.__new__(cls, *(args if _is_group(shipped) else ()))
    return made


def _is_group(cls: type) -> bool:
    return any(base.__name__ == "BaseExceptionGroup" for base in type.mro(cls))


def _find(module: str, qualname: str) -> type[BaseException] | None:
    import importlib

    try:
        found: object = importlib.import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except Exception:
        return None
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _importable(cls: type) -> bool:
    return issubclass(cls, BaseException) and _find(cls.__module__, cls.__qualname__) is cls


def _pickles(value: object) -> bool:
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:
        return False
    return True


def _as_text(value: object) -> str:
    from .. import codec

    return codec.describe(value)
