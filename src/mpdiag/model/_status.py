"""Exit statuses in words."""

from __future__ import annotations

import signal

from ._occurrence import ExitStatus


def exit_status(exitcode: int | None) -> ExitStatus:
    """Return the status for an exit code of ``multiprocessing``, negative for a signal."""
    if exitcode is None:
        return ExitStatus()
    return ExitStatus(signal=-exitcode) if exitcode < 0 else ExitStatus(code=exitcode)


def ending_words(exitcode: int | None) -> str:
    """Return ``SIGKILL``, ``exit code 3`` or ``no exit status known``."""
    status = exit_status(exitcode)
    if status.signal is not None:
        try:
            return signal.Signals(status.signal).name
        except ValueError:
            return f"signal {status.signal}"
    return "no exit status known" if status.code is None else f"exit code {status.code}"
