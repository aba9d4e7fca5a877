"""Life-cycle events as JSON lines through structlog, for log pipelines."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..errors import EventsUnwritable

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

_DESCRIPTOR = "fd:"


class EventSink:
    """Where the events of one run go; whoever reads them may go away at any time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._logger = _logger(stream)
        self.lost = 0
        """Events that could not be written."""

    def write(self, event: str, **fields: object) -> None:
        """Write one line: *event*, its time in ISO 8601 and *fields*; never raises."""
        try:
            self._logger.info(event, **fields)
        except Exception:
            self.lost += 1

    def close(self) -> None:
        """Close what was opened; standard error stays open.  Never raises."""
        if self._stream is not sys.stderr:
            try:
                self._stream.close()
            except Exception:
                pass  # a full disk or a gone reader: the program's end must not depend on it


def open_events(target: str) -> EventSink:
    """Return the sink for ``-`` (standard error), ``fd:N`` or the path of a file.

    Raises:
        EventsUnwritable: there is no such file or descriptor to write to.
    """
    try:
        return EventSink(_open(target))
    except (OSError, ValueError) as error:
        raise EventsUnwritable(target, error) from None


def _open(target: str) -> TextIO:
    if target == "-":
        return sys.stderr
    if target.startswith(_DESCRIPTOR):
        descriptor = int(target.removeprefix(_DESCRIPTOR))
        # The number belongs to whoever started us: a copy can be closed without a trace.
        return _lines(os.dup(descriptor))
    return _lines(_append(Path(target)))


def _append(path: Path) -> int:
    """Return a descriptor for a file that only this user may read: events hold inputs."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    if not _is_pipe(path):
        return os.open(path, flags, 0o600)
    # Without a reader the open of a named pipe would wait for ever; so it fails instead.
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except FileNotFoundError:
        return False


def _lines(descriptor: int) -> TextIO:
    try:
        # Fails now, not at the first event, when the descriptor is open for reading only.
        os.write(descriptor, b"")
        return os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)
    except OSError:
        os.close(descriptor)
        raise


def _logger(stream: TextIO) -> FilteringBoundLogger:
    """Return a logger of our own: the configuration of structlog belongs to the user."""
    import structlog

    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        wrapper_class=structlog.make_filtering_bound_logger(0),
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    return logger
