"""``with mpdiag.watch()``: stock pools inside a block are diagnosed, without a runner."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from ..errors import MpdiagError
from ..model import ExitStatus, Fault, Run
from ..options import Options, children_flags, load, to_json
from ..patches import arm, disarm
from ..runner import About, Collector, make_folder, mask_of
from ..store import Store, new_run_id
from ..worker import forget


class Watch:
    """One block of a program under diagnosis; made by `watch`."""

    def __init__(self, options: Options) -> None:
        self.options = replace(options, keep_going=False)
        self.run: Run | None = None
        """All that was found; None before the end of the block."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults of the block, after its end."""
        return self.run.faults if self.run is not None else ()

    def __enter__(self) -> Watch:
        """Patch the pools of the standard library until the end of the block."""
        name = new_run_id(self.options.store)
        argv = mask_of(self.options).argv(sys.argv)
        about = About(id=name, argv=argv, cwd=str(Path.cwd()), started=time.time())
        self._folder = make_folder(name, os.environ, about.facts(self.options.store))
        if self._folder.path is not None:
            (self._folder.path / "options.json").write_text(to_json(self.options), "utf-8")
        self._collector = Collector(self._folder, about, self.options)
        ours = {**self._folder.environment(), "MPDIAG_FLAGS": children_flags(self.options)}
        self._before = {key: os.environ.get(key) for key in ours}
        os.environ.update(ours)
        forget()
        arm()
        return self

    def __exit__(self, *_: object) -> None:
        """Undo the patches and judge what was recorded."""
        disarm()
        for key, value in self._before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
        forget()
        self.run = self._collector.finish(ExitStatus())
        self._folder.remove()
        if self.run.faults:
            self._save(self.run)

    def _save(self, run: Run) -> None:
        try:
            Store.open(self.options.store, limits=self.options.limits).save(run)
        except MpdiagError:
            pass  # the faults are at hand in this object


def watch(**settings: object) -> Watch:
    """Diagnose the stock pools and processes that a ``with`` block starts.

    Args:
        settings: as on the command line, such as ``values="text"`` or ``store="/tmp/faults"``.

    Raises:
        MpdiagError: a setting has a value that is not allowed.
    """
    return Watch(load(settings, os.environ, Path.cwd()).options)
