"""Programs in which nothing moves any more, and what is said while they stand."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

from mpdiag.testing import run_program, wait_until

pytestmark = pytest.mark.programs

# A worker stops itself, and is continued or killed once its owner has seen enough.
STOPS = """
    import multiprocessing, os, signal, subprocess, sys, threading, time

    def task(item):
        if item == 1:
            with open("pid", "w") as file:
                file.write(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGSTOP)
        return item

    def wake(number):
        end = time.monotonic() + float(sys.argv[2])
        while time.monotonic() < end and not os.path.exists(".mpdiag"):  # kept with the report
            time.sleep(0.05)
        os.kill(int(open("pid").read()), number)

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            result = pool.map_async(task, range(4), chunksize=1)
            helper = threading.Thread(target=wake, args=(signal.SIGCONT,))
            helper.start()
            print(result.get())
            helper.join()
"""


def test_a_hang_is_told_while_the_program_waits(tmp_path: Path, start_method: str) -> None:
    """The report comes before the end, names who is stuck, and is kept."""
    done = run_program(STOPS, start_method, "50", options=["--hang-after", "2"], folder=tmp_path)
    assert done.exit_code == 0
    assert done.stdout == "[0, 1, 2, 3]\n"
    live = done.stderr.partition("Ctrl-C ends")[0]
    assert re.search(r"(?m)^mpdiag: stuck: no task has moved for \d+ s; still waiting", live)
    assert "stopped process, proven" in live
    assert "input     item = 1" in live
    fault = done.fault
    assert fault["kind"] == "hang"
    assert fault["verdict"]["cause"] == "stopped process"
    assert fault["target"] == "task"
    by_pid = {one["pid"]: one for one in fault["hang"]["processes"]}
    stuck = by_pid[fault["hang"]["pids"][0]]
    assert (stuck["role"], stuck["no_stack"]) == ("worker", "stopped")
    assert any(one["frames"] for process in by_pid.values() for one in process["threads"])
    shown = re.search(r"mpdiag show (\S+)", live)
    assert shown is not None
    assert shown[1] == fault["id"]


@pytest.mark.wide
def test_no_hang_is_told_when_it_is_off(tmp_path: Path) -> None:
    """With 0 nothing is looked at."""
    done = run_program(STOPS, "fork", "4", options=["--hang-after", "0"], folder=tmp_path)
    assert "stuck" not in done.stderr
    assert done.faults == []


@pytest.mark.wide
def test_a_program_that_works_or_sleeps_is_not_stuck(tmp_path: Path) -> None:
    """Idle workers, and a main program that sleeps, are no hang."""
    source = """
        import multiprocessing, time

        if __name__ == "__main__":
            with multiprocessing.Pool(2) as pool:
                pool.map(abs, range(4))
                time.sleep(5)
                pool.map(abs, range(4))
    """
    done = run_program(source, options=["--hang-after", "2"], folder=tmp_path)
    assert done.stderr.count("mpdiag:") == 1, done.stderr
    assert "no faults" in done.stderr


@pytest.mark.wide
def test_events_tell_of_it(tmp_path: Path) -> None:
    """A pipeline that reads events learns of the hang while it lasts."""
    options = ["--hang-after", "2", "--events", "events"]
    run_program(STOPS, "fork", "50", options=options, folder=tmp_path)
    events = [json.loads(line) for line in (tmp_path / "events").read_text("utf-8").splitlines()]
    names = [event["event"] for event in events]
    assert names.index("hang") < names.index("run ended")
    hang = next(event for event in events if event["event"] == "hang")
    assert hang["cause"] == "stopped process"
    assert hang["pids"][0] == int((tmp_path / "pid").read_text("utf-8"))


WAITS = """
    import multiprocessing, threading

    def task(item):
        with open("ready", "a") as file:
            file.write("x")
        threading.Event().wait()

    if __name__ == "__main__":
        with multiprocessing.Pool(2) as pool:
            pool.map(task, ["ab", "cd"], chunksize=1)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_says_what_ran(tmp_path: Path, number: signal.Signals) -> None:
    """Told to end, the report has what every worker was doing, with its input."""
    (tmp_path / "script.py").write_text(textwrap.dedent(WAITS), encoding="utf-8")
    command = [sys.executable, "-m", "mpdiag", "run", "script.py"]
    # Workers that have lost their owner would keep a pipe open.
    with (
        (tmp_path / "said").open("w") as stderr,
        subprocess.Popen(command, cwd=tmp_path, stderr=stderr, start_new_session=True) as process,
    ):
        ready = tmp_path / "ready"
        wait_until(lambda: ready.exists() and len(ready.read_text("utf-8")) == 2, deadline=60)
        process.send_signal(number)
        try:
            process.wait(timeout=60)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -number
    said = (tmp_path / "said").read_text("utf-8")
    report = said[said.rindex("mpdiag: the run was") :]
    assert "item = 'ab'" in report
    assert "item = 'cd'" in report


def test_a_task_that_takes_too_long_is_ended(tmp_path: Path, start_method: str) -> None:
    """With --task-timeout its worker is killed, its task fails by name, the others go on."""
    source = """
        import multiprocessing, sys, threading

        def task(item):
            if item == 1:
                threading.Event().wait()
            return item

        if __name__ == "__main__":
            with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
                results = [pool.apply_async(task, (item,)) for item in range(4)]
                for result in results:
                    try:
                        print(result.get(40))
                    except Exception as error:
                        print(type(error).__name__)
    """
    done = run_program(source, start_method, options=["--task-timeout", "2"], folder=tmp_path)
    assert done.stdout.split() == ["0", "WorkerCrashed", "2", "3"], done.stderr
    assert "ended by --task-timeout" in done.stderr
    fault = done.fault
    assert fault["verdict"]["cause"] == "task timeout"
    assert fault["trace"][0]["function"] == "task"


@pytest.mark.wide
def test_without_rescue_a_dead_worker_leaves_its_pool_waiting(tmp_path: Path) -> None:
    """With --no-rescue the program behaves as under plain Python."""
    source = """
        import multiprocessing, os, signal

        def task(item):
            os.kill(os.getpid(), signal.SIGKILL)

        if __name__ == "__main__":
            with multiprocessing.Pool(1) as pool:
                try:
                    pool.apply_async(task, (1,)).get(3)
                except multiprocessing.TimeoutError:
                    print("waited in vain")
    """
    done = run_program(source, options=["--no-rescue"], folder=tmp_path)
    assert done.stdout == "waited in vain\n"
