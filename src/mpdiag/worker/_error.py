"""An exception as data: its message, its frames, its chain, its group, its notes."""

from __future__ import annotations

from collections.abc import Mapping

from ..model import Error, Fidelity, Frame, Lookup
from ._kept import keep, mask
from ._trace import frames
from ._transport import fidelity_of

# Links of a chain that are followed.
_CHAIN = 20


def type_name(error: BaseException) -> str:
    """Return the name of the class, with its module unless Python leaves that out as well."""
    cls = type(error)
    plain = cls.__module__ in {"builtins", "__main__", "__mp_main__"}
    return cls.__qualname__ if plain else f"{cls.__module__}.{cls.__qualname__}"


def headline(error: BaseException) -> str:
    """Return type and message in one line."""
    message = _message(error)
    return f"{type_name(error)}: {message}" if message else type_name(error)


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = "<its str() failed>"
    return mask().text(text[:4000])


def describe_error(
    error: BaseException,
    *,
    whole: bool = True,
    trace: tuple[Frame, ...] | None = None,
    seen: frozenset[int] = frozenset(),
    inputs: Mapping[str, object] | None = None,
) -> Error:
    """Return an exception as data, with its chain, its group and its notes.

    *trace* is used where its frames are known already.  With the *inputs* of the task it is told
    what was looked up in vain, too.
    """
    seen |= {id(error)}

    def linked(other: BaseException | None) -> Error | None:
        if other is None or id(other) in seen or len(seen) > _CHAIN:
            return None
        return describe_error(other, whole=whole, seen=seen, inputs=inputs)

    members = getattr(error, "exceptions", ()) if _is_group(error) else ()
    notes = getattr(error, "__notes__", ())
    if trace is None:
        trace = frames(error.__traceback__, keep if whole else None)
    return Error(
        type=type_name(error),
        message=_message(error),
        notes=tuple(mask().text(note) for note in notes if isinstance(note, str)),
        trace=trace,
        cause=linked(error.__cause__),
        context=linked(error.__context__) if error.__context__ is not error.__cause__ else None,
        suppress_context=error.__suppress_context__,
        members=tuple(found for found in map(linked, members[:20]) if found is not None),
        fidelity=fidelity_of(error) if whole and len(seen) == 1 else Fidelity.EXACT,
        raw=_raw_traceback(error) if whole else None,
        lookup=_lookup(error, inputs) if inputs is not None else None,
    )


def _lookup(error: BaseException, inputs: Mapping[str, object]) -> Lookup | None:
    try:
        from ._lookup import lookup_of
    except Exception:
        return None
    return lookup_of(error, inputs)


def _is_group(error: BaseException) -> bool:
    return any(base.__name__ == "BaseExceptionGroup" for base in type.mro(type(error)))


def _raw_traceback(error: BaseException) -> str | None:
    """Return the traceback in tblib's form, from which it makes a live one again."""
    if error.__traceback__ is None:
        return None
    try:
        import json

        from tblib import Traceback  # type: ignore[import-untyped]

        return json.dumps(Traceback(error.__traceback__).to_dict())
    except Exception:
        return None
