"""Findings cannot be written or read."""

from __future__ import annotations

from ._root import MpdiagError


class StoreError(MpdiagError):
    """Findings cannot be written or read; the program under diagnosis is not touched."""

    slug = "store"

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"the store {path} {why}")


class StoreUnreadable(StoreError):
    """The file is damaged, not a store of mpdiag, or closed to this user."""

    slug = "store-unreadable"
    remedy = "Move the file away, or name another folder with --store."


class StoreTooNew(StoreError):
    """A later mpdiag made it, or brought it up to its own version."""

    slug = "store-too-new"
    remedy = "Use that mpdiag (pip install -U mpdiag), or name another folder with --store."


class StoreLocked(StoreError):
    """Another process held it past the deadline."""

    slug = "store-locked"
    remedy = "Try again when that process has ended, or name another folder with --store."


class StoreFull(StoreError):
    """No space is left on its disk."""

    slug = "store-full"
    remedy = "Free some space (mpdiag prune), or name another folder with --store."


class StoreReadOnly(StoreError):
    """Its folder or file cannot be written by this user."""

    slug = "store-read-only"
    remedy = "Name another folder with --store or MPDIAG_HOME."
