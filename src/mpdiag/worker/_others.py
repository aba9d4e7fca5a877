"""What the other workers of the same pool run at this moment, read from their recorders."""

from __future__ import annotations

import os

from ..recorder import Other, look_at
from ._state import WorkerState

# Workers that are looked at.  More: a failure takes longer to tell where a pool is large.
_WORKERS = 8


def others_of(state: WorkerState) -> list[Other]:
    """Return the tasks of other workers; those of a worker that could not be read are left out."""
    folder, own = os.path.split(state.recorder.path)
    if not folder:
        return []
    names = sorted(name for name in os.listdir(folder) if name.endswith(".rec") and name != own)
    found = []
    for name in names:
        other = look_at(f"{folder}/{name}", owner=os.getppid())
        if other is not None:
            found.append(other)
        if len(found) >= _WORKERS:
            break
    return found
