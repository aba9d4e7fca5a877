"""What a run could not record or keep, in sentences for its report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model import Fault
from ..options import size_text
from ._inbox import Inbox


def limits_reached(inbox: Inbox, faults: Iterable[Fault]) -> Iterator[str]:
    """Yield a sentence for each limit that was reached before the run came to the store."""
    yield from _unrecorded(inbox)
    if inbox.as_text:
        yield (
            f"the inputs of all failures may take {size_text(inbox.limits.reservoir_bytes)}"
            f" (limits.reservoir_bytes): {inbox.as_text:,} kept as text only"
        )
    if inbox.dropped:
        yield f"{inbox.dropped} messages of workers could not be read"
    yield from _not_kept(faults)


def _unrecorded(inbox: Inbox) -> Iterator[str]:
    path = inbox.folder.path
    if path is None:
        yield (
            "crashes could not be recorded: no local folder could be written"
            " (XDG_RUNTIME_DIR, TMPDIR, /dev/shm)"
        )
    elif inbox.unrecorded:
        workers = len(inbox.unrecorded)
        yield f"crashes could not be recorded in {workers} workers: no room in {path.parent}"


def _not_kept(faults: Iterable[Fault]) -> Iterator[str]:
    more = [fault for fault in faults if fault.count > 1 + len(fault.others)]
    if more:
        count, kept = sum(one.count for one in more), sum(1 + len(one.others) for one in more)
        yield (
            f"{kept:,} of {count:,} occurrences are kept, the others as their number"
            " (limits.first, limits.reservoir)"
        )
