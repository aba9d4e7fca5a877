"""Findings on disk: saved by one command, found again by a later one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StoreFull, StoreReadOnly
from ..model import FaultId, Passing, Run, RunId, Shrunk
from ..options import Limits, size_text
from ._bundle_read import Bundle
from ._database import DEADLINE, reading, unseen_log, writing
from ._fetch import Filters, Found, fetch_fault, fetch_faults, fetch_passing, fetch_run, fetch_runs
from ._ids import Reference, parse_reference
from ._place import FILE
from ._prune import file_bytes, make_room, outdated, remove
from ._save import settle_id, write_run
from ._seal import is_sealed, seal_occurrence, seal_run
from ._shrunk import write_shrunk
from ._take_in import TakenIn, take_in

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of a run on its way into the store."""

    id: RunId
    """Its ID; another than before when two runs had drawn the same."""
    limits: tuple[str, ...] = ()
    """A sentence for each limit that was reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was removed."""

    runs: tuple[RunId, ...] = ()
    """Oldest first."""
    freed_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """The findings of many runs in one folder; several processes may use it at once."""

    folder: Path
    readonly: bool = False
    deadline: float = DEADLINE
    """Seconds to wait for another process that writes."""
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        readonly: bool = False,
        deadline: float = DEADLINE,
        limits: Limits | None = None,
    ) -> Store:
        """Return the store in *folder*; nothing is made before the first `save`.

        All methods raise a leaf of StoreError when the file cannot be used.
        """
        return cls(Path(folder), readonly, deadline, limits or Limits())

    @property
    def path(self) -> Path:
        """The file that holds the findings, there or not."""
        return self.folder / FILE

    @property
    def incomplete(self) -> bool:
        """Whether the newest runs are in a log that a read-only folder hides from us."""
        return unseen_log(self.folder)

    def save(self, run: Run, *, spool: Mapping[str, int] | None = None, own: bool = True) -> Saved:
        """Write *run* with all its faults, as far as the limits allow.

        Saved again, with the same ID and start, it takes the place of what was there.
        *spool* says how far spool files have been read for it.  It is sealed as this user's
        *own*, unless it comes from a spool: one may lie in a clone.
        """
        with self._writing() as connection:
            run = settle_id(connection, run)
            expected = sum(len(fault.first.inputs.encoded or b"") for fault in run.faults)
            removed = make_room(connection, self.limits.store_bytes - expected, run.id)
            sentences = write_run(connection, run, self.limits)
            if own and spool is None:
                seal_run(connection, run.id)
            removed += make_room(connection, self.limits.store_bytes, run.id)
            ends = (spool or {}).items()
            connection.executemany("INSERT OR REPLACE INTO spool VALUES (?, ?)", ends)
        if removed:
            most = size_text(self.limits.store_bytes)
            what = f"{len(removed)} oldest runs" if len(removed) > 1 else "oldest run"
            sentences += (f"the store may take {most}: its {what} went ({', '.join(removed)})",)
        return Saved(id=run.id, limits=sentences)

    def take_in(self, bundle: Bundle) -> TakenIn:
        """Put the fault of *bundle* beside those that are here, if it is not; it is not sealed.

        Raises:
            BundleTooLarge: there is no room for it; nothing is removed to make some.
        """
        with self._writing() as connection:
            return take_in(connection, bundle.run, self.limits)

    def runs(self) -> tuple[Run, ...]:
        """Return all runs, newest first, without their faults."""
        with self._reading() as connection:
            return tuple(fetch_runs(connection))

    def run(self, run: str) -> Run:
        """Return one run with all its faults.

        Raises:
            NoSuchFault: there is no such run.
        """
        with self._reading() as connection:
            return fetch_run(connection, run)

    def faults(self, filters: Filters | None = None) -> Iterator[Found]:
        """Yield the faults that pass *filters*, newest run first.

        Each has its first occurrence only.
        """
        wanted = filters or Filters()
        with self._reading() as connection, closing(fetch_faults(connection, wanted)) as found:
            yield from found

    def fault(self, text: str | None = None) -> Found:
        """Return the fault that *text* names: ``k7f2.1``, ``1``, ``k7f2`` or ``k7f2.1#3``.

        None names the only fault of the newest run.

        Raises:
            NoSuchFault: there is none.
            AmbiguousFault: *text* is the ID of a run with several faults.
        """
        wanted = Reference() if text is None else parse_reference(text)
        with self._reading() as connection:
            return fetch_fault(connection, wanted)

    def passing(self, run: str, target: str) -> tuple[Passing, ...]:
        """Return the tasks of one target that went well, as far as they were kept."""
        with self._reading() as connection:
            return tuple(fetch_passing(connection, run, target))

    def trust(self, fault: FaultId, occurrence: int = 1) -> bool:
        """Seal an occurrence as if this user had recorded it; False if there is no key."""
        wanted = parse_reference(fault)
        with self._writing() as connection:
            return seal_occurrence(connection, (wanted.run or "", wanted.number or 0, occurrence))

    def owns(self, fault: FaultId, occurrence: int) -> bool:
        """Return whether an occurrence is, to the byte, what this user recorded or trusted."""
        wanted = parse_reference(fault)
        with self._reading() as connection:
            return is_sealed(connection, (wanted.run or "", wanted.number or 0, occurrence))

    def keep_shrunk(self, fault: FaultId, shrunk: Shrunk | None) -> None:
        """Keep smaller inputs with their fault; what was sealed of it stays so.

        Raises:
            NoSuchFault: it is not there any more.
        """
        with self._writing() as connection:
            write_shrunk(connection, parse_reference(fault), shrunk)

    def spooled(self) -> dict[str, int]:
        """Return how far each spool file has been read, in bytes."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT name, end_byte FROM spool").fetchall())

    def forget_spool(self, names: Iterable[str]) -> None:
        """Let go of spool files that are no longer there."""
        with self._writing() as connection:
            connection.executemany("DELETE FROM spool WHERE name = ?", ((name,) for name in names))

    def prune(
        self, *, keep: int | None = None, before: float | None = None, dry: bool = False
    ) -> Pruned:
        """Remove all runs but the newest *keep*, or those started *before* a time.

        Given both, a run goes for either reason; given neither, all go.  IDs stay used.
        With *dry*, return what would go.
        """
        with self._reading() as connection:
            names = outdated(connection, keep, before)
        if dry or not names:
            return Pruned(runs=names)
        size = file_bytes(self.path)
        try:
            with self._writing() as connection:
                remove(connection, names)
        except StoreFull:
            with writing(self.folder, deadline=self.deadline, in_place=True) as connection:
                remove(connection, names)
        return Pruned(runs=names, freed_bytes=max(0, size - file_bytes(self.path)))

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return reading(self.folder, deadline=self.deadline)

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        if self.readonly:
            raise StoreReadOnly(self.folder, "was opened to be read only")
        return writing(self.folder, deadline=self.deadline)
