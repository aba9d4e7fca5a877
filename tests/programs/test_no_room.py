"""A full disk, a read-only one, nowhere to write: the program goes on, the report comes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mpdiag.testing import Program, run_command

pytestmark = pytest.mark.programs

# Only the process that is killed differs from one that plain Python would wait for, and no
# semaphore is made: a Pool cannot even start where /dev/shm cannot be written.
BARE = """
    import multiprocessing, os, signal

    def die(x):
        os.kill(os.getpid(), signal.SIGSEGV)

    def fail(x):
        raise ValueError("bad")

    if __name__ == "__main__":
        for target in (die, fail):
            process = multiprocessing.Process(target=target, args=(3,))
            process.start()
            process.join()
            print(process.exitcode)
        raise SystemExit(5)
"""
POOL = """
    import multiprocessing

    def fail(x):
        return {}[x]

    if __name__ == "__main__":
        with multiprocessing.Pool(2) as pool:
            print(pool.map(str, range(9)))
            pool.map(fail, [7])
"""
FULL = """
mount -t tmpfs -o size=1m none disk
dd if=/dev/zero of=disk/fill bs=4k count=1000 2>/dev/null
export XDG_RUNTIME_DIR=$PWD/disk TMPDIR=$PWD/disk MPDIAG_HOME=$PWD/disk/store
mount -t tmpfs -o size=1m none /dev/shm
mkdir /dev/shm/mpdiag-$(id -u)
chmod 0 /dev/shm/mpdiag-$(id -u)
chown 12345 /dev/shm/mpdiag-$(id -u) 2>/dev/null
"""
# Seldom used file systems are left out: those that nobody has a reason to write to.
READ_ONLY = """
mount --bind . . && mount -o remount,ro,bind .
cd .
"""
NOWHERE = """
for place in $(cut -d' ' -f5 /proc/self/mountinfo); do
    mount -o remount,ro,bind $place 2>/dev/null
done
unset XDG_RUNTIME_DIR TMPDIR
if touch here /tmp/here /dev/shm/here 2>/dev/null; then exit 99; fi
"""


def in_a_world(place: Path, world: str, *words: str) -> Program:
    """Run *words* after the script *world* has changed the mounts, which nobody else sees."""
    unshare = _unshare()
    script = f'{world}\ncd {place}\nexec "$@"'
    command = [*unshare, "bash", "-c", script, "bash", sys.executable, *words]
    done = run_command(command, folder=place, deadline=55)
    if done.exit_code == 99:
        pytest.skip("something stays writable whatever is remounted")
    return done


def _unshare() -> list[str]:
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    said = ""
    for words in (["unshare", "-m"], ["unshare", "-r", "-m"]):
        probe = [*words, "mount", "-t", "tmpfs", "none", "/mnt"]
        done = subprocess.run(probe, check=False, capture_output=True, text=True, timeout=10)
        if done.returncode == 0:
            return words
        said = done.stderr.strip()
    pytest.skip(f"mounting is not allowed here: {said}")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the programs, and a mount point."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "bare.py").write_text(textwrap.dedent(BARE), encoding="utf-8")
    (tmp_path / "pool.py").write_text(textwrap.dedent(POOL), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("world", "program", "limits"),
    [
        pytest.param(FULL, "bare.py", "has no space left on its disk", id="full-bare"),
        pytest.param(FULL, "pool.py", "has no space left on its disk", id="full-pool"),
        pytest.param(READ_ONLY, "bare.py", "cannot be written", id="read-only-bare"),
        pytest.param(READ_ONLY, "pool.py", "cannot be written", id="read-only-pool"),
        pytest.param(NOWHERE, "bare.py", "could not be recorded", id="nowhere"),
    ],
)
def test_a_program_does_not_notice(place: Path, world: str, program: str, limits: str) -> None:
    """Standard output and exit code are those of plain Python, and the report says what failed."""
    plain = in_a_world(place, world, program)
    ours = in_a_world(place, world, "-m", "mpdiag", "run", program)
    assert (ours.stdout, ours.exit_code) == (plain.stdout, plain.exit_code)
    assert plain.stdout != ""
    words = " ".join(ours.report.split())
    assert ("ValueError: bad" if program == "bare.py" else "KeyError: 7") in words
    assert limits in words
    assert "not kept" in words.rpartition("mpdiag: ")[2]
    assert "Traceback" not in ours.report
    assert not (place / ".mpdiag").exists()


def test_a_full_disk_says_that_crashes_were_not_recorded(place: Path) -> None:
    """A worker without a file of its own runs on, and the report names what it cannot know."""
    done = in_a_world(place, FULL, "-m", "mpdiag", "run", "bare.py")
    assert done.exit_code == 5
    assert "crashes could not be recorded" in " ".join(done.report.split())


@pytest.mark.parametrize("words", [["ls"], ["show"], ["config"], ["doctor"]])
def test_commands_work_where_nothing_can_be_written(place: Path, words: list[str]) -> None:
    """They show what there is, with no fault of their own."""
    done = in_a_world(place, NOWHERE, "-m", "mpdiag", *words)
    assert "a fault of mpdiag itself" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.exit_code == (2 if words == ["show"] else 0)


def test_the_place_of_this_test_is_writable_again(place: Path) -> None:
    """The mounts of the other tests were theirs alone."""
    (place / "here").touch()
    assert os.access("/dev/shm", os.W_OK)
