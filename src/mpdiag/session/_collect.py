"""Take in what workers and killed runners left behind; done by the commands that show."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..judge import group, read_failure, settle_outcomes
from ..model import ExitStatus, Origin, Run, RunId, from_plain
from ..options import Options, from_json
from ..runner import About, Collector, RunFolder, abandoned, discard
from ..store import Store, collect_spool, new_run_id

# Seconds after which a folder that does not say whose it is goes.  Shorter: one that is just being
# made may go.
UNNAMED_SECONDS = 600


def collect(options: Options) -> None:
    """Save what lies in the store's spool and in the folders of runs that lost their runner."""
    store = Store.open(options.store, limits=options.limits)
    collect_spool(store, lambda envelopes: _run_of(new_run_id(options.store), envelopes))
    for path in abandoned(os.environ):
        _collect_folder(store, options, path)


def _run_of(name: RunId, envelopes: Sequence[dict[str, object]]) -> Run | None:
    """Return what guarded functions told without a run around them, as one run."""
    found = []
    origins = {}
    for envelope in envelopes:
        try:
            failure = read_failure(envelope)
            found.append(failure)
            if "origin" in envelope:
                origins[str(failure.worker.owner)] = from_plain(Origin, envelope["origin"])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    if not found:
        return None
    faults = settle_outcomes(group(name, found, {}), ExitStatus(), set())
    first, last = min(one.at for one in found), max(one.at for one in found)
    return Run(
        id=name,
        argv=("@guard",),
        cwd=str(Path.cwd()),
        started=first,
        seconds=last - first,
        status=ExitStatus(),
        tasks_known=False,
        failed=len(found),
        workers=len({one.worker.pid for one in found}),
        origins=origins,
        faults=faults,
    )


def _collect_folder(store: Store, options: Options, path: Path) -> None:
    """Judge and save a run whose runner was killed, if it belongs to this store."""
    try:
        facts = json.loads((path / "run.json").read_text("utf-8"))
        if Path(facts["store"]) != options.store:
            return
        about = About(
            id=RunId(facts["id"]),
            argv=tuple(facts["argv"]),
            cwd=facts["cwd"],
            started=float(facts["started"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        if _age(path) > UNNAMED_SECONDS:
            discard(path)
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as end:
        collector = Collector(RunFolder(path, end, ""), about, _options_of(path, options))
        run = collector.finish(ExitStatus())
    if run.faults:
        store.save(run, own=_is_own(path))
    discard(path)


def _is_own(path: Path) -> bool:
    """Whether nobody but this user could write what lies in the folder of a run."""
    try:
        return all(
            facts.st_uid == os.getuid() and not facts.st_mode & 0o022
            for facts in (path.lstat(), path.parent.lstat())
        )
    except OSError:
        return False


def _options_of(path: Path, options: Options) -> Options:
    """Return the options of the run itself: it may have been told to keep no values."""
    try:
        return from_json((path / "options.json").read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return replace(options, values="none")


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
