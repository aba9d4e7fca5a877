"""Folders and what holds them: which file system, local or not, and how much room is left."""

from __future__ import annotations

import os
from dataclasses import dataclass

from . import _files

# File systems that other machines write to as well: a mapped file or SQLite's write-ahead log
# is not safe there.  `fuse.` stands for sshfs, s3fs, gcsfuse and their like: an unknown one costs
# some speed here, and a wrong guess the other way would cost what is kept there.
_REMOTE = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs", "gfs2", "glusterfs"),
        *("gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs"),
        *("smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"),
    }
)
_LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.unionfs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder in which something could be kept."""

    path: str
    kind: str
    """Such as ``ext4``, ``tmpfs``, ``nfs4``; empty when the system does not tell."""
    is_local: bool
    """False for what is shared with other machines; true when unknown."""
    is_writable: bool
    free_bytes: int | None
    """For this user; None when the system does not tell."""
    all_bytes: int | None = None
    """Free or taken; None when the system does not tell."""


def look_at(path: str) -> Place:
    """Return what is known about the folder *path*, or about the nearest one above it."""
    nearest = os.path.abspath(path)  # noqa: PTH100 - pathlib follows links here, or costs more
    while not os.path.isdir(nearest) and os.path.dirname(nearest) != nearest:  # noqa: PTH112, PTH120
        nearest = os.path.dirname(nearest)  # noqa: PTH120
    kind = _kind(os.path.realpath(nearest))
    free, whole = _room(nearest)
    return Place(
        path=path,
        kind=kind,
        is_local=kind not in _REMOTE and (not kind.startswith("fuse.") or kind in _LOCAL_FUSE),
        is_writable=os.access(nearest, os.W_OK | os.X_OK),
        free_bytes=free,
        all_bytes=whole,
    )


def _room(path: str) -> tuple[int | None, int | None]:
    try:
        state = os.statvfs(path)
    except (OSError, AttributeError):  # Windows has no statvfs
        return None, None
    return state.f_bavail * state.f_frsize, state.f_blocks * state.f_frsize


def _kind(path: str) -> str:
    """Return the kind of the file system that the longest mount point above *path* carries."""
    best, found = "", ""
    for line in (_files.read("/proc/self/mountinfo") or "").splitlines():
        head, _, tail = line.partition(" - ")
        words = head.split()
        if len(words) < 5 or not tail:  # noqa: PLR2004 - the fifth is the mount point
            continue
        point = _plain(words[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # a later mount hides an earlier one
            best, found = point, tail.split()[0]
    return found


def _plain(word: str) -> str:
    """Return a mount point as it is: blanks stand in the table as octal numbers."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        word = word.replace(f"\\{code}", character)
    return word
