"""Write one fault with all that is known about it into a bundle, masked, and tell what is in it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from ..codec import HIDDEN, MASKED, Mask, secret_in
from ..errors import BundleTooLarge, BundleUnreadable
from ..model import Fault, Hang, Occurrence, Passing, Run, Shrunk, to_plain
from ._bundle import PIECE_BYTES, Writer
from ._masked import Texts, bytes_in, inputs_in, without_bytes
from ._rows import as_text, plain_fault

_NO_ROOM = "no room is left in the bundle"
_NOT_WANTED = "--without-values"
_FAILED = "the account"
_PASSED = "the inputs that passed"


@dataclass(slots=True, kw_only=True)
class Contents:
    """What a bundle holds, and what was left out of it."""

    counts: Counter[str] = field(default_factory=Counter)
    """Parts by their kind, and how many bytes they take under ``kind bytes``."""
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Tasks, by what of them stayed behind, and why."""

    def add(self, part: str, size: int) -> None:
        """Count one part."""
        self.counts[part] += 1
        self.counts[f"{part} bytes"] += size

    @property
    def phrases(self) -> tuple[str, ...]:
        """What was left out, one phrase for each reason."""
        return tuple(
            f"{what} of {count:,} {'task' if count == 1 else 'tasks'}: {why}"
            for (what, why), count in sorted(self.left_out.items())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What may leave this machine."""

    mask: Mask
    values: bool = True
    """Inputs, those of passing tasks too."""
    secrets: bool = False
    """Pickles in which a value would be masked."""


def write_bundle(
    file: BinaryIO, fault: Fault, run: Run, passing: Sequence[Passing], wanted: Wanted, **head: Any
) -> Contents:
    """Write a bundle of *fault* into *file*, and return what is in it.

    Raises:
        BundleTooLarge: its first occurrence alone is more than a bundle may hold.
        BundleUnreadable: what the store holds of it cannot be written down.
    """
    export = _Export(file, wanted, fault=fault.id, **head)
    try:
        export.write(fault, run, passing)
    except ValueError as problem:  # a number that is none: a stranger's store
        raise BundleUnreadable(fault.id, f"cannot be exported: {problem}") from problem
    return export.contents


class _Export:
    """One bundle while it is written."""

    def __init__(self, file: BinaryIO, wanted: Wanted, **head: object) -> None:
        self._wanted = wanted
        self._texts = Texts(wanted.mask, values=wanted.values)
        self._writer = Writer(file, **head)
        self._numbers: dict[bytes, int] = {}
        self._secret: dict[bytes, str] = {}
        self.contents = Contents()

    def write(self, fault: Fault, run: Run, passing: Sequence[Passing]) -> None:
        self._find_secrets((fault.first, *fault.others, *passing))
        running = run.interrupted if self._wanted.values else ()  # each with its input
        bare = replace(run, faults=(), passing=(), interrupted=running)
        self._put("run", to_plain(self._texts.of(bare)))
        kept = replace(fault, imported=None, shrunk=self._smaller(fault))
        self._put("fault", plain_fault(self._texts.of(replace(kept, others=()))))
        if not self._task("occurrence", fault.first):
            raise BundleTooLarge(fault.id, "is more than a bundle may hold")
        for one in fault.others:
            if not self._task("occurrence", one):
                self.contents.left_out[_FAILED, _NO_ROOM] += 1
        for sample in passing:
            if not self._wanted.values:
                self.contents.left_out[_PASSED, _NOT_WANTED] += 1
            elif not self._task("passing", sample):
                self.contents.left_out[_PASSED, _NO_ROOM] += 1
        self._writer.put("left out", value=list(self.contents.phrases))
        self._writer.close()

    def _smaller(self, fault: Fault) -> Shrunk | None:
        """Return the smaller inputs of *fault*, if they may go along."""
        if fault.shrunk is None:
            return None
        likeness = replace(fault.first, inputs=fault.shrunk.inputs)
        self._find_secrets([likeness])
        why = self._why_not(likeness) if self._wanted.values else _NOT_WANTED
        if why:
            self.contents.left_out["the smaller inputs", why] += 1
        return None if why else fault.shrunk

    def _put(self, part: str, plain: Any, payload: int | None = None) -> bool:
        number = {} if payload is None else {"payload": payload}
        size = self._writer.put(part, value=plain, **number)
        if size is not None:
            self.contents.add(part, size)
        return size is not None

    def _task(self, part: str, value: Occurrence | Passing) -> bool:
        """Write one task with the bytes of its inputs, where they may and can go along."""
        encoded = value.inputs.encoded
        why = self._why_not(value)
        if why:
            self.contents.left_out["the pickles", why] += 1
            value, encoded = without_bytes(as_text(value)), None
        kept = replace(value.inputs, encoded=None)
        if not self._wanted.values:
            kept = replace(kept, encoding="none")
            if isinstance(value, Hang):
                value = replace(value, rows=tuple(r for r in value.rows if r.label != "input"))
        plain = to_plain(self._texts.of(replace(value, inputs=kept)))
        return self._put(part, plain, None if encoded is None else self._payload(encoded))

    def _why_not(self, value: Occurrence | Passing) -> str:
        """Return why the bytes of a task stay behind; empty where they go along, or are none."""
        pickles = list(bytes_in(value))
        if not pickles or not self._wanted.values:
            return _NOT_WANTED if pickles else ""
        secret = next((why for raw in pickles if (why := self._secret[raw])), "")
        if secret and not self._wanted.secrets:
            return f"one {secret} (--with-secrets takes them along)"
        encoded = value.inputs.encoded or b""
        known = encoded in self._numbers
        return "" if known or len(encoded) * 3 // 2 < self._writer.left_bytes else _NO_ROOM

    def _payload(self, raw: bytes) -> int:
        """Return the number of a payload, written now if it is new."""
        if raw not in self._numbers:
            self._numbers[raw] = len(self._numbers) + 1
            for start in range(0, len(raw) or 1, PIECE_BYTES):
                text = base64.b64encode(raw[start : start + PIECE_BYTES]).decode()
                self._writer.put("payload", number=self._numbers[raw], bytes=text)
            self.contents.add("pickle", len(raw))
        return self._numbers[raw]

    def _find_secrets(self, values: Iterable[Occurrence | Passing]) -> None:
        """Learn which pickles may not go along; one is shared by the tasks of a chunk."""
        mask = self._wanted.mask
        for value in values if self._wanted.values else ():
            masked = HIDDEN if _shows_masked(value, mask) else ""
            for raw in bytes_in(value):
                if raw not in self._secret:
                    self._secret[raw] = secret_in(raw, mask)
                self._secret[raw] = self._secret[raw] or masked


def _shows_masked(value: object, mask: Mask) -> bool:
    return any(
        MASKED in one.text or mask.hides(name) or mask.text(one.text) != one.text
        for inputs in inputs_in(value)
        for name, one in (*inputs.values.items(), *inputs.changed.items())
    )
