"""Follow the search for smaller inputs within a budget of calls and seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b

from ...codec import encode
from ._smaller import Arguments, Smaller, Tried

# Bytes of inputs that are tried.  More: making and comparing them takes longer than calls.
_MOST_BYTES = 64 << 20


def pursue(
    smaller: Smaller,
    attempt: Callable[[Arguments], Tried],
    *,
    calls: int,
    seconds: float,
    tell: Callable[[int, bool], None],
) -> bool:
    """Call *attempt* for what *smaller* asks for; return whether nothing was left to try.

    What was tried before is known.  *tell* is told the number of each call, and whether it held.
    """
    known: dict[bytes, Tried] = {_mark(smaller.best): Tried(same=True)}
    until, made = time.monotonic() + seconds, 0
    trials = smaller.trials()
    try:
        candidate = next(trials)
        while True:
            mark = _mark(candidate)
            tried = Tried(same=False) if not mark else known.get(mark)
            if tried is None:
                if made >= calls or time.monotonic() >= until:
                    return False
                tried = known[mark] = attempt(candidate)
                made += 1
                if tried.same:
                    smaller.best = candidate
                tell(made, tried.same)
            candidate = trials.send(tried)
    except StopIteration:
        return True


def _mark(inputs: Arguments) -> bytes:
    """Return what is equal for equal inputs; nothing where they cannot be encoded."""
    encoded, _ = encode(tuple(inputs), limit_bytes=_MOST_BYTES)
    return b"" if encoded is None else blake2b(encoded, digest_size=16).digest()
