"""``mpdiag run`` as the first process of a container, tried in a namespace of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from terminal import PATIENCE, RUN, descendants, program, read_until

FIRST = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *RUN)

# Starts a process whose parent ends, and waits until nothing is left of it.
ORPHAN = """
import os, signal, sys, time
assert os.getppid() == 1
reader, writer = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        os.close(reader)
        while os.getppid() != 1:
            time.sleep(0.001)
        os.write(writer, str(os.getpid()).encode())
        os._exit(0)
    os._exit(0)
os.wait()
orphan = os.read(reader, 20).decode()
deadline = time.monotonic() + 15
while os.path.exists(f"/proc/{orphan}") and time.monotonic() < deadline:
    time.sleep(0.001)
print("buried" if not os.path.exists(f"/proc/{orphan}") else "left as a zombie")
sys.exit(5)
"""
LISTENER = """
import signal, sys
if sys.argv[1] == "handles":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
print("ready", flush=True)
while True:
    signal.sigtimedwait([], 0.05)
"""


def why_not() -> str:
    """Return why no namespace can be made here; empty if it can."""
    try:
        done = subprocess.run([*FIRST[:5], "true"], capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""


pytestmark = [
    pytest.mark.programs,
    pytest.mark.skipif(bool(why_not()), reason=f"no namespace of processes: {why_not()}"),
]


def test_orphans_are_buried(tmp_path: Path) -> None:
    """A process whose parent is gone leaves no zombie, and the exit code is the program's."""
    (tmp_path / "script.py").write_text(ORPHAN)
    done = subprocess.run(
        [*FIRST, tmp_path / "script.py"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        cwd=tmp_path,
    )
    assert done.stdout == "buried\n", done.stderr
    assert done.returncode == 5


@pytest.mark.parametrize(
    ("name", "how", "code"),
    [
        ("SIGTERM", "does not", 128 + signal.SIGTERM),
        ("SIGINT", "does not", 128 + signal.SIGINT),
        ("SIGTERM", "handles", 9),
    ],
)
def test_a_signal_from_outside_ends_the_program(
    tmp_path: Path, name: str, how: str, code: int
) -> None:
    """``docker stop`` reaches the program, and process 1 ends with 128 and the signal."""
    (tmp_path / "script.py").write_text(LISTENER)
    with program(FIRST, tmp_path / "script.py", how, stderr=subprocess.DEVNULL) as process:
        first, *_ = descendants(process.pid)
        os.kill(first, getattr(signal, name))
        assert process.wait(PATIENCE) == code


def test_a_killed_program_is_told_by_the_exit_code(tmp_path: Path) -> None:
    """Process 1 cannot die by its own SIGKILL: 137."""
    (tmp_path / "script.py").write_text(LISTENER)
    with program(FIRST, tmp_path / "script.py", "does not") as process:
        os.kill(descendants(process.pid)[1], signal.SIGKILL)
        assert process.wait(PATIENCE) == 128 + signal.SIGKILL


def test_a_signal_of_process_one_to_itself_changes_nothing(tmp_path: Path) -> None:
    """The program may signal process 1, which is what started it."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal\nos.kill(1, signal.SIGTERM)\nprint('ready', flush=True)\n"
        "print('still here', flush=True)\n"
    )
    with program(FIRST, script) as process:
        assert read_until(process, "still") == "still here\n"
        assert process.wait(PATIENCE) == 0
