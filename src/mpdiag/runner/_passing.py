"""One sample of the tasks that went well, out of those that each worker drew from its own."""

from __future__ import annotations

import random
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from pathlib import Path
from typing import TypeAlias

from .. import codec
from ..model import Fault, Inputs, Passing, Snapshot, Task
from ..options import Options
from ..recorder import Drawn, Method, Reading, drawn, standing, target_key, unpack_others
from ..worker import neighbour

# Seconds to read messages as text where their bytes may not be kept.  Longer: the report is late.
# Shorter: more of the sample is left out.
TEXT_SECONDS = 1.0

_Place: TypeAlias = tuple[Path, Drawn, int]
"""A drawn task: file, message in it, offset in the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What is known of the tasks that went well."""

    passed: dict[str, int]
    """Exact counts, by target."""
    passing: tuple[Passing, ...] = ()
    limits: tuple[str, ...] = ()


def sample_passing(
    found: Sequence[Reading], faults: Iterable[Fault], options: Options, mask: codec.Mask
) -> Sampled:
    """Return counts and a sample of the tasks that went well, of the targets that *faults* name."""
    tasks = {fault.first.task.target: fault.first.task for fault in faults if fault.first.task}
    counts = {name: [one.passed.get(target_key(name), 0) for one in found] for name in tasks}
    passed = {name: sum(each) for name, each in counts.items() if any(each)}
    if not passed or options.values == "none":
        return Sampled(passed=passed)
    files = [one.path.with_suffix(".pass") for one in found]
    samples = [standing(drawn(file)) for file in files]
    workers = dict(zip(files, found, strict=True))
    taken = _Taken(options, mask)
    for name in passed:
        places = _merged(name, counts[name], files, samples, options.limits.passing)
        for (path, record), group in groupby(places, key=lambda place: place[:2]):
            offsets = [offset for _, _, offset in group]
            taken.take(tasks[name], workers[path], path, record, offsets)
    too_large = sum(one.not_drawn for one in found)
    return Sampled(
        passed=passed, passing=tuple(taken.passing), limits=tuple(taken.limits(too_large))
    )


def _merged(
    name: str,
    counts: Sequence[int],
    files: Sequence[Path],
    samples: Sequence[dict[str, dict[int, tuple[Drawn, int]]]],
    most: int,
) -> Iterator[_Place]:
    """Yield *most* of the drawn tasks, as many of each worker as one sample of all would hold."""
    chance = random.Random(name)  # noqa: S311 - a sample, the same whenever it is asked for
    ends = list(accumulate(counts))
    shares = [0] * len(counts)
    for number in chance.sample(range(ends[-1]), min(most, ends[-1])):
        shares[bisect_right(ends, number)] += 1
    for file, sample, share in zip(files, samples, shares, strict=True):
        own = list(sample.get(name, {}).values())
        picked = chance.sample(own, min(share, len(own)))
        for record, offset in sorted(picked, key=lambda one: (one[0].at, one[1])):
            yield file, record, offset


class _Taken:
    """What fits the limits of a sample that was merged."""

    def __init__(self, options: Options, mask: codec.Mask) -> None:
        self.passing: list[Passing] = []
        self._options, self._mask = options, mask
        self._left_bytes = options.limits.passing_bytes
        self._left_out = 0
        self._deadline = time.monotonic() + TEXT_SECONDS

    def take(
        self, task: Task, worker: Reading, path: Path, record: Drawn, offsets: Sequence[int]
    ) -> None:
        """Take the tasks at *offsets* of one message; *task* is another of the same target."""
        raw = self._read(path, record)
        # The bytes of a chunk are shared by all that were drawn from it.
        whole = record.size or len(raw) <= self._options.limits.value_bytes
        late = time.monotonic() > self._deadline
        if not raw or (late and not (whole and self._options.values == "full")):
            self._left_out += len(offsets)
            return
        message = None if whole and self._options.values == "full" else codec.read_pickle(raw)
        for offset in offsets:
            item = offset if record.size else None
            inputs = Inputs(encoded=raw, encoding="task", offset=item)
            if message is not None:
                inputs = self._text(message, item, task)
            others = unpack_others(record.others) if self._options.values == "full" else None
            self.passing.append(
                Passing(
                    task=_position(task, record, offset),
                    inputs=inputs,
                    pid=worker.pid,
                    worker=worker.number or None,
                    running=None if others is None else tuple(map(neighbour, others)),
                )
            )

    def limits(self, too_large: int) -> Iterator[str]:
        """Yield a sentence for each limit that was reached; *too_large* messages were not drawn."""
        left_out = self._left_out
        if left_out:
            yield f"{left_out:,} inputs of passing tasks are not in the sample: no room, or no time"
        if too_large:
            yield f"{too_large:,} messages with passing tasks were too large for the sample"

    def _read(self, path: Path, record: Drawn) -> bytes:
        if record.length > self._left_bytes:
            return b""
        self._left_bytes -= record.length
        try:
            with path.open("rb") as file:
                file.seek(record.at)
                return file.read(record.length)
        except OSError:
            return b""

    def _text(self, message: object, offset: int | None, task: Task) -> Inputs:
        values = codec.message_inputs(message, target=task.signature, offset=offset)
        return Inputs(values={name: self._snapshot(name, value) for name, value in values.items()})

    def _snapshot(self, name: str, value: object) -> Snapshot:
        if self._mask.hides(name):
            return Snapshot(text=codec.MASKED)
        return codec.snapshot(value, mask=self._mask)


def _position(task: Task, record: Drawn, offset: int) -> Task:
    """Return *task* at the place of a drawn one."""
    index = record.base + offset
    label = Method.NAMES[record.method]
    return replace(
        task, label=label, index=index, call=record.call, started=None, nth=record.nth + offset
    )
