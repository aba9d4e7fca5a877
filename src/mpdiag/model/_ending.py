"""Why a worker was ended on purpose: whoever does it knows more than its exit status says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ._fingerprint import crash_parts, fingerprint
from ._occurrence import Crash, Frame, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The verdict of whoever ended a worker, and where its task was."""

    verdict: Verdict
    trace: tuple[Frame, ...] = ()
    """Outermost frame first; empty where no stack was to be had."""

    def explain(self, crash: Crash) -> Crash:
        """Return *crash* with what is known of its reason."""
        target = crash.task.target if crash.task is not None else ""
        return replace(
            crash,
            verdict=self.verdict,
            trace=self.trace or crash.trace,
            fingerprint=fingerprint(crash_parts(self.verdict.cause.value, target)),
        )
