"""What an exception looked up in vain, gathered while its frames live.

Runs in the worker, for the first failure of its kind.  No code of the user is run, nothing is
raised, and all lookups of a process together have a time that they may take.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from types import TracebackType

from .. import codec
from ..model import Lookup, library_path, without_values
from ._around import surroundings
from ._look import Look
from ._lookup_keys import read_attribute, read_index, read_key, read_next
from ._lookup_names import read_name, read_unbound
from ._lookup_none import read_type
from ._lookup_text import read_decimal, read_decode, read_json, read_value
from ._site import sites
from ._trace import shown

# Seconds that a process spends on lookups.  More: where each failure is another kind (keys that
# are data), the worker is slower.  Less: later kinds have no explanation.
_SECONDS = 1.0
# Methods that look something up for an expression of the caller's.
_INNER = frozenset({"__getitem__", "__missing__", "__delitem__", "__getattr__", "pop"})
_Reader = Callable[[BaseException, Look, str], "Lookup | None"]
_READERS: tuple[tuple[type[BaseException], _Reader], ...] = (
    (KeyError, read_key),
    (IndexError, read_index),
    (AttributeError, read_attribute),
    (StopIteration, read_next),
    (NameError, read_name),
    (UnboundLocalError, read_unbound),
    (TypeError, read_type),
    (ValueError, read_value),
    (UnicodeDecodeError, read_decode),
    (UnicodeEncodeError, read_decode),
)
_FROM: tuple[tuple[str, str, _Reader], ...] = (
    ("json.decoder", "JSONDecodeError", read_json),
    ("decimal", "InvalidOperation", read_decimal),
)
_spent: dict[int, float] = {}


def lookup_of(error: BaseException, inputs: Mapping[str, object]) -> Lookup | None:
    """Return what *error* looked up in vain, of a task with these *inputs*; None if not known."""
    reader = _reader(type(error))
    pid = os.getpid()
    if reader is None or _spent.get(pid, 0.0) > _SECONDS:
        return None
    start = time.perf_counter()
    try:
        found = _read(reader, error, inputs)
        hidden = found is not None and surroundings().values == "none"
        return without_values(found) if found is not None and hidden else found
    except Exception:
        return None
    finally:
        _spent[pid] = _spent.get(pid, 0.0) + time.perf_counter() - start


def _reader(kind: type[BaseException]) -> _Reader | None:
    """Return what reads errors of exactly this type: a class of the user's may mean anything."""
    for base, reader in _READERS:
        if kind is base:
            return reader
    for module, name, reader in _FROM:
        if codec.is_from(kind, module, name):
            return reader
    return None


def _read(reader: _Reader, error: BaseException, inputs: Mapping[str, object]) -> Lookup | None:
    links = shown(error.__traceback__)
    at = _own(links)
    below = links[at + 1].tb_frame.f_code.co_name if at + 1 < len(links) else ""
    found: dict[tuple[str, str], Lookup] = {}
    candidates = sites(links[at])
    for site in candidates:
        certain = len(candidates) == 1
        look = Look(site, links[at].tb_frame, inputs, index=at, certain=certain)
        one = reader(error, look, below)
        if one is not None:
            found.setdefault((one.subject, one.sought), one)
    # Of several that fit, as on 3.10, none is certain.
    return next(iter(found.values())) if len(found) == 1 else None


def _own(links: list[TracebackType]) -> int:
    """Return which link is the expression's: that of the user's code, outside of `_INNER`."""
    own = [i for i, link in enumerate(links) if library_path(_file(link)) is None]
    at = own[-1] if own else len(links) - 1
    while at > 0 and at in own and _raises_itself(links[at]) and at - 1 in own:
        at -= 1
    return at


def _file(link: TracebackType) -> str:
    return link.tb_frame.f_code.co_filename


def _raises_itself(link: TracebackType) -> bool:
    """Tell whether a method that looks things up failed in a ``raise`` of its own."""
    import dis

    code = link.tb_frame.f_code
    if code.co_name not in _INNER or link.tb_next is not None:
        return False
    return dis.opname[code.co_code[link.tb_lasti]] in {"RAISE_VARARGS", "RERAISE"}
