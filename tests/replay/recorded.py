"""Programs whose faults are recorded under `mpdiag run`, and called again from elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from mpdiag.testing import Program, run_program, wait_until

PROGRAM = """
    import faulthandler, multiprocessing, os, signal, sys, threading
    from functools import partial
    from concurrent.futures import ProcessPoolExecutor

    class Refused(Exception):
        def __init__(self, code, why):
            super().__init__(why)
            self.lock = threading.Lock()

    def keyerror(record):
        total = record["this"] * 2
        return total * record["that"] if record["id"] == 7 else total

    def killed(record):
        if record["id"] == 7:
            os.kill(os.getpid(), signal.SIGKILL)

    def segfault(record):
        if record["id"] == 7:
            faulthandler._sigsegv()

    def unpicklable(record):
        if record["id"] == 7:
            raise Refused(7, "no")

    def unsendable(record):
        return threading.Lock() if record["id"] == 7 else None

    def scaled(factor, record):
        if record["id"] == 7:
            raise ValueError(f"{factor} {sys.argv[3]} {os.path.basename(os.getcwd())}")

    def leaves(record):
        if record["id"] == 7:
            sys.exit(3)

    if __name__ == "__main__":
        method, kind, name = sys.argv[1:4]
        context = multiprocessing.get_context(method)
        target = partial(scaled, 3) if name == "scaled" else globals()[name]
        records = [{"id": number, "this": number} for number in range(12)]
        if kind == "pool":
            with context.Pool(2) as pool:
                pool.map(target, records, chunksize=4)
        else:
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                list(pool.map(target, records, chunksize=3))
"""


def record(
    folder: Path, *arguments: str, source: str = PROGRAM, options: Sequence[str] = ()
) -> Program:
    """Run *source* under mpdiag in *folder*; it must have left a fault."""
    done = run_program(source, *arguments, folder=folder, options=options, deadline=50)
    assert (folder / ".mpdiag").exists(), done.stderr
    return done


def stuck_until_told(folder: Path, source: str, *arguments: str) -> str:
    """Run *source* until a hang or a slow worker is told of, press Ctrl-C; return the report."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(source), encoding="utf-8")
    line = [sys.executable, "-m", "mpdiag", "run", "--hang-after", "2", "script.py", *arguments]
    told = folder / "said"
    with told.open("w") as said:
        process = subprocess.Popen(line, cwd=folder, stderr=said, start_new_session=True)
        try:
            wait_until(lambda: "mpdiag: " in told.read_text("utf-8"), deadline=60)
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
    return told.read_text("utf-8").rpartition("\nmpdiag: a worker")[2]


def command(
    *words: str, store: Path, folder: Path, keys: str = "", deadline: float = 50
) -> Program:
    """Run ``mpdiag words`` with *store*, from *folder*, with next to no environment.

    *keys* is what it reads from its standard input.
    """
    line = [sys.executable, "-m", "mpdiag", words[0], "--store", str(store / ".mpdiag")]
    done = subprocess.run(
        [*line, *words[1:]],
        cwd=folder,
        env={"XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]},
        input=keys,
        capture_output=True,
        text=True,
        timeout=deadline,
        check=False,
    )
    return Program(folder=folder, exit_code=done.returncode, stdout=done.stdout, stderr=done.stderr)


def replayed(recorded: Path, elsewhere: Path, *words: str) -> Program:
    """Replay the only fault that was recorded in *recorded*, from *elsewhere*."""
    return command("replay", *words, store=recorded, folder=elsewhere)


def two_folders(place: Path) -> Sequence[Path]:
    """Return a folder to record in, and another one."""
    folders = place / "recorded", place / "elsewhere"
    for folder in folders:
        folder.mkdir()
    return folders
