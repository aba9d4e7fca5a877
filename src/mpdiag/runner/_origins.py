"""What a second call of a task must restore: left by workers, and by the files of the program."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from .. import codec
from ..evidence import source_hashes
from ..model import Failure, Fault, Origin

# A longer file is none of ours.
_MOST_BYTES = 1 << 20


def origins_in(paths: Iterable[Path], mask: codec.Mask) -> dict[str, Origin]:
    """Return what the workers of each owner left, by the owner's process id."""
    found = {}
    for path in sorted(paths):
        try:
            if path.stat().st_size > _MOST_BYTES:
                continue
            parts = ast.literal_eval(path.read_text("utf-8"))
            cwd, argv, entries, file, name = parts
            found[path.stem] = Origin(
                cwd=str(cwd),
                argv=mask.argv(map(str, argv)),
                path=tuple(map(str, entries)),
                main_file=str(file),
                main_name=str(name),
            )
        except (OSError, ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue  # torn: its worker was killed in the middle
    return found


def sources_of(faults: Iterable[Fault], *, since: float) -> dict[str, str]:
    """Return a hash of each file that *faults* name; see `source_hashes`."""
    return source_hashes((file for fault in faults for file in _files(fault)), since=since)


def _files(fault: Fault) -> Iterator[str]:
    first = fault.first
    if first.task is not None and first.task.file:
        yield first.task.file
    trace = first.error.trace if isinstance(first, Failure) else first.trace
    yield from (frame.file for frame in trace)
