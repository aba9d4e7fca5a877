"""``--capture-fd``: what C code writes reaches both the terminal and the fault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mpdiag.testing import run_program, wait_until

pytestmark = pytest.mark.programs

DYING = """
    import ctypes, multiprocessing, os, sys
    from mpdiag.testing import abort, segfault, kill

    def work(x):
        print("from Python", x)
        ctypes.CDLL(None).puts(b"from C")
        ctypes.CDLL(None).fflush(None)
        os.write(2, b"lib: assertion 'n < 4' failed\\n")
        if x == 3:
            {"abort": abort, "segfault": segfault, "kill": kill}[sys.argv[2]]()

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
            for x in range(5):
                pool.apply(work, (x,))
                print("got", x, flush=True)
"""


@pytest.mark.parametrize("deed", ["abort", "segfault", "kill"])
def test_last_words_of_c_code_are_kept(tmp_path: Path, start_method: str, deed: str) -> None:
    """A fault has what was written to both descriptors, and both readers got all of it."""
    done = run_program(DYING, start_method, deed, folder=tmp_path, options=["--capture-fd"])
    output = done.fault["output"]
    assert output["stderr"].splitlines() == ["lib: assertion 'n < 4' failed"] * 4
    assert output["stdout"].splitlines()[-2:] == ["from Python 3", "from C"]
    assert done.stderr.count("lib: assertion") >= 4
    assert done.stdout.count("from C\n") == 4


def test_a_failure_has_them_too(tmp_path: Path, start_method: str) -> None:
    """An exception comes after the last words of the C code that caused it."""
    source = DYING.replace("{", "raise ValueError({").replace("()\n\n    if", ")\n\n    if")
    done = run_program(source, start_method, "kill", folder=tmp_path, options=["--capture-fd"])
    assert done.fault["output"]["stdout"].splitlines()[-1] == "from C"


def test_output_stands_before_what_the_caller_prints(tmp_path: Path) -> None:
    """A worker answers when its output is on the way, so that the order is that of plain Python."""
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing, os\n"
        "def work(x):\n    os.write(2, b'err %d\\n' % x)\n    print('out', x)\n"
        "def bare(x):\n    print('bare', x)\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.Pool(1) as pool:\n"
        "        for x in range(20):\n"
        "            pool.apply(work, (x,))\n"
        "            print('got', x, flush=True)\n"
        "    process = multiprocessing.Process(target=bare, args=(1,))\n"
        "    process.start()\n    process.join()\n    print('joined', flush=True)\n"
    )
    command = [sys.executable, "-m", "mpdiag", "run", "--capture-fd", "-q", "script.py"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=True,
    )
    expected = [f"{word} {x}" for x in range(20) for word in ("err", "out", "got")]
    assert done.stdout.decode().splitlines() == [*expected, "bare 1", "joined"]


def test_nothing_is_lost_when_the_runner_is_killed(tmp_path: Path) -> None:
    """A worker without runner and owner writes on, and what it wrote arrives."""
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing, os, sys\n"
        "def work():\n"
        "    os.write(1, b'ready\\n')\n"
        "    os.read(int(sys.argv[1]), 1)\n"
        "    os.write(1, b'x' * 300_000 + b'\\nend\\n')\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.Process(target=work)\n"
        "    process.start()\n    process.join()\n"
    )
    gate, opener = os.pipe()
    command = [sys.executable, "-m", "mpdiag", "run", "--capture-fd", "script.py", str(gate)]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, pass_fds=[gate]
    ) as process:
        os.close(gate)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        os.write(opener, b"x")
        os.close(opener)
        assert process.stdout.read() == b"x" * 300_000 + b"\nend\n"
    for folder in Path(os.environ["XDG_RUNTIME_DIR"]).glob("mpdiag-*/*"):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_a_reader_that_goes_away_ends_the_writing(tmp_path: Path) -> None:
    """When nobody reads any more a worker is told, as without a relay: it is not kept waiting."""
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing, os\n"
        "def work():\n"
        "    while True:\n        os.write(1, b'x' * 1000)\n"
        "if __name__ == '__main__':\n"
        "    process = multiprocessing.Process(target=work)\n"
        "    process.start()\n    process.join()\n"
    )
    command = [sys.executable, "-m", "mpdiag", "run", "--capture-fd", "script.py"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1000)
        process.stdout.close()
        assert wait_until(lambda: process.poll() is not None, deadline=30)
        assert b"BrokenPipeError" in process.stderr.read()
