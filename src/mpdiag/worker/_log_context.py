"""Run, worker and task on the program's own log records; only with ``--log-context``."""

from __future__ import annotations

import logging
import sys
from typing import Any

from ..recorder import Word
from ._state import WorkerState


def add_context(state: WorkerState) -> None:
    """Give each log record ``mpdiag_run``, ``mpdiag_worker`` and ``mpdiag_task`` from now on.

    A program that uses structlog with ``merge_contextvars`` gets run and worker there as well.
    Runs in the child, before user code.
    """
    before = logging.getLogRecordFactory()
    run = state.around.folder.rpartition("/")[2]

    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        words = state.words
        record.mpdiag_run, record.mpdiag_worker = run, state.number
        record.mpdiag_task = words[Word.BASE] + words[Word.OFFSET]
        return record

    logging.setLogRecordFactory(make)
    structlog = sys.modules.get("structlog")
    if structlog is not None:
        structlog.contextvars.bind_contextvars(mpdiag_run=run, mpdiag_worker=state.number)
