"""Findings on disk, found again later: SQLite in one folder, and the spool beside it."""

from ._bundle_read import Bundle, read_bundle
from ._bundle_write import Contents, Wanted, write_bundle
from ._fetch import Filters, Found
from ._ids import Reference, fault_id, new_run_id, number_of, parse_reference
from ._save import renamed
from ._spool import Collected, Envelope, collect_spool
from ._store import Pruned, Saved, Store
from ._take_in import TakenIn

__all__ = (
    "Bundle",
    "Collected",
    "Contents",
    "Envelope",
    "Filters",
    "Found",
    "Pruned",
    "Reference",
    "Saved",
    "Store",
    "TakenIn",
    "Wanted",
    "collect_spool",
    "fault_id",
    "new_run_id",
    "number_of",
    "parse_reference",
    "read_bundle",
    "renamed",
    "write_bundle",
)
