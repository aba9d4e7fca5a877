"""Import a program as a spawned child would: what stands below its guard does not run."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ._rebuild import CannotRebuild

MAIN = "__mp_main__"
# In what multiprocessing says to a process that may have no children.
BRAKE = "daemonic processes are not allowed to have children"


def restore(request: dict[str, Any]) -> None:
    """Give this process folder, arguments, path and start method of the one that failed."""
    origin = request["origin"]
    if Path(origin["cwd"] or ".").is_dir():
        os.chdir(origin["cwd"] or ".")
    home = [entry for entry in sys.path if entry not in origin["path"]]
    sys.argv[:] = origin["argv"]
    sys.path[:] = [*origin["path"], *home]  # what mpdiag itself is imported from stands last
    if request["start_method"]:
        multiprocessing.set_start_method(request["start_method"], force=True)


def import_main(file: str, name: str) -> list[str]:
    """Make the program's main module that of this process; return what is to be said of it.

    Processes cannot be started meanwhile: a program without a guard is imported as far as the
    line that tries.

    Raises:
        CannotRebuild: it cannot be imported.
    """
    if name == "__main__" or name.endswith(".__main__"):
        return []  # as multiprocessing: these start the program, and hold nothing else
    module = ModuleType(MAIN)
    said: list[str] = []
    try:
        with no_children():
            _fill(module, file, name)
    except AssertionError as error:
        if BRAKE not in str(error):
            raise CannotRebuild(_words(file or name, error)) from error
        said.append(f"its import ended at {_place(error, file)}, where it starts processes")
    except BaseException as error:
        raise CannotRebuild(_words(file or name, error)) from error
    return said


def _fill(module: ModuleType, file: str, name: str) -> None:
    _stand_for_main(module)
    if name:
        vars(module).update(runpy.run_module(name, run_name=MAIN, alter_sys=True))
        _stand_for_main(module)
    elif Path(file).is_file() and not file.endswith((".pyc", ".zip", ".pyz")):
        code = compile(Path(file).read_bytes(), file, "exec", dont_inherit=True)
        module.__file__ = file
        exec(code, vars(module))  # noqa: S102 - in place, to keep what there is where it ends early
    elif file:
        vars(module).update(runpy.run_path(file, run_name=MAIN))


def _stand_for_main(module: ModuleType) -> None:
    sys.modules["__main__"] = sys.modules[MAIN] = module


@contextmanager
def no_children() -> Iterator[None]:
    """Let no process be started; checked on 3.10 to 3.13."""
    config: dict[str, object] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    before = config.get("daemon")
    config["daemon"] = True
    try:
        yield
    finally:
        config["daemon"] = before


def live_as_in(label: str) -> None:
    """Give this process what a worker of that pool may do: those of ``Pool`` have no children."""
    config: dict[str, object] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    config["daemon"] = label.startswith("Pool.")


def _place(error: BaseException, file: str) -> str:
    found, link = 0, error.__traceback__
    while link is not None:
        if link.tb_frame.f_code.co_filename == file:
            found = link.tb_lineno
        link = link.tb_next
    return f"{Path(file).name}:{found}" if found else "a place in another module"


def _words(what: str, error: BaseException) -> str:
    return f"the import of {what} raised {type(error).__name__}: {error}"
