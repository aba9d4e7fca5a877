"""Draw a sample of the tasks that go well: what failures will be compared with.

A worker cannot know which target will fail, and may be killed at any time.  So each draws from
its own tasks, into a file that outlives it: at first every task, later ever fewer (algorithm L:
how many to pass over is drawn, so that most tasks cost a comparison).  The message is kept as it
came off the queue; nothing is pickled for it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..recorder import Drawn, Word, drawn, pack_others, pick, standing
from ._state import WorkerState

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from random import Random
    from typing import BinaryIO

# Workers that share the bytes of a run's sample, at least: it is not known how many there will be.
_WORKERS = 4
_NEVER = 1 << 62
# One in so many places of the sample also keeps what other workers ran.  Fewer: each draw takes
# some reads of files.  More: too few passes to tell what failures ran beside.
_LOOK = 10


def share_of(size_bytes: int) -> int:
    """Return what one worker may write of what all workers of a run may."""
    return size_bytes // max(_WORKERS, os.cpu_count() or 1)


class _Draw:
    """Which tasks of one target are drawn."""

    __slots__ = ("most", "name", "next", "random", "weight", "word")

    def __init__(self, name: str, word: int, most: int) -> None:
        self.name, self.word, self.most = name, word, most
        self.next = 1 if most else _NEVER
        """The number, from 1, of the next task to draw."""
        self.weight = 1.0
        self.random: Random | None = None

    def place(self) -> int:
        """Return the place of the task that is drawn: a free one, or that of another."""
        if self.next <= self.most and self.random is None:
            return self.next - 1
        return self._own().randrange(self.most)

    def advance(self) -> None:
        """Draw which task is the next."""
        if self.next < self.most and self.random is None:
            self.next += 1
            return
        from math import exp, log

        self.weight *= exp(log(1.0 - self._own().random()) / self.most)
        self._skip()

    def narrow(self, most: int, seen: int) -> None:
        """Go on with a sample of *most*, drawn from *seen* tasks."""
        self.most = most
        self.weight = self._own().betavariate(most, max(1, seen - most + 1))
        self.next = seen
        self._skip()

    def _skip(self) -> None:
        from math import log, log1p

        self.weight = min(self.weight, 1 - 1e-12)
        chance = log(1.0 - self._own().random())
        self.next += min(int(chance / log1p(-self.weight)), _NEVER) + 1 if self.weight else _NEVER

    def _own(self) -> Random:
        """Return random numbers of our own: the program's come in the same order as without us."""
        if self.random is None:
            from random import Random

            self.random = Random()  # noqa: S311 - a sample
        return self.random


class Sample:
    """The sample of one worker."""

    def __init__(self, state: WorkerState) -> None:
        around, recorder = state.around, state.recorder
        self._state, self._words, self._recorder = state, state.words, recorder
        self._most = around.passing if recorder.path and around.values != "none" else 0
        self._path = recorder.path[:-4] + ".pass"
        self._most_bytes = share_of(around.passing_bytes)
        self._draws: dict[str, _Draw] = {}
        self._handle, self._bytes = -1, 0
        self._draw = _Draw("", Word.NOT_DRAWN, 0)

    def turn(self, target: str) -> None:
        """Draw from the tasks of *target*, a text of the recorder, from now on."""
        self._draw = self._of(target.partition("\x1f")[0].partition("(")[0])

    def _of(self, name: str) -> _Draw:
        draw = self._draws.get(name)
        if draw is None:
            draw = self._draws[name] = _Draw(name, self._recorder.passes(name), self._most)
        return draw

    def passed(self, raw: bytes, ran: int = 1, failed: Sequence[int] = ()) -> None:
        """Count *ran* tasks of the message *raw*, but those at the offsets in *failed*."""
        words, draw = self._words, self._draw
        before = words[draw.word]
        words[draw.word] = seen = before + ran - len(failed)
        if seen >= draw.next:
            try:
                self._take(draw, raw, before, seen, sorted(failed), ran)
            except Exception:  # a disk that is full, say: the sample ends where it is
                self._give_up()

    def _take(  # noqa: PLR0917 - as `passed` has them
        self, draw: _Draw, raw: bytes, before: int, seen: int, failed: list[int], ran: int
    ) -> None:
        picks, bad = [], 0
        while draw.next <= seen:
            offset = draw.next - before - 1 + bad
            while bad < len(failed) and failed[bad] <= offset:
                bad, offset = bad + 1, offset + 1
            picks.append(pick(draw.place(), offset))
            draw.advance()
        if len(raw) > self._most_bytes // 2:
            self._words[Word.NOT_DRAWN] += 1
        else:
            words = self._words
            method, base, size = words[Word.METHOD], words[Word.BASE], words[Word.SIZE]
            nth = max(0, words[Word.DONE] - ran)
            others = self._others(picks) if size < 2 else b""  # noqa: PLR2004 - of one task alone
            call = words[Word.CALL]
            self._write(Drawn(draw.name, picks, method, base, size, call, nth, others), raw)

    def _others(self, picks: list[int]) -> bytes:
        if (picks[-1] >> 32) % _LOOK:
            return b""
        from ._others import others_of

        return pack_others(others_of(self._state))

    def _write(self, record: Drawn, raw: bytes | memoryview) -> None:
        """Append a record; whole, for a reader takes nothing else.

        Raises:
            OSError: there is no room.
        """
        parts = record.parts(raw)
        length = sum(map(len, parts))
        if self._bytes + length > self._most_bytes:
            self._shrink()
            most = self._draws[record.name].most
            record.picks = [pick(place % most, offset) for place, offset in record.picked()]
            parts = record.parts(raw)
        if self._handle < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._handle = os.open(self._path, flags, 0o600)
        if os.writev(self._handle, parts) != length:
            os.ftruncate(self._handle, self._bytes)
            raise OSError("no room")
        self._bytes += length

    def _shrink(self) -> None:
        """Write the file anew, with as many whole messages as fill half of it, drawn by chance."""
        from random import Random

        samples = standing(drawn(self._path))
        kept: dict[Drawn, list[int]] = {}
        for sample in samples.values():
            for record, offset in sample.values():
                kept.setdefault(record, []).append(offset)
        order = list(kept)
        Random().shuffle(order)  # noqa: S311 - a sample
        old, path = self._path, f"{self._path}.new"
        self._close()
        places: dict[str, int] = {}
        self._path = path
        with open(old, "rb") as file:
            for record in order:
                if self._bytes + record.length <= self._most_bytes // 2:
                    self._copy(record, kept[record], file, places)
        os.replace(path, old)
        self._path = old
        for name, draw in self._draws.items():
            if name in samples:
                draw.narrow(max(1, places.get(name, 0)), self._words[draw.word])

    def _copy(
        self, record: Drawn, offsets: list[int], file: BinaryIO, places: dict[str, int]
    ) -> None:
        """Append *record* with its standing picks, in new places."""
        first = places.get(record.name, 0)
        places[record.name] = first + len(offsets)
        record.picks = [pick(first + i, offset) for i, offset in enumerate(offsets)]
        file.seek(record.at)
        self._write(record, file.read(record.length))

    def _give_up(self) -> None:
        """Draw no more; what was written stays."""
        self._close()
        self._most = 0
        for draw in self._draws.values():
            draw.next = _NEVER

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        self._handle, self._bytes = -1, 0
