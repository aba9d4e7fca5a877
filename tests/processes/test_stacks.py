"""Stacks of every process of a run, asked for by a signal that would end any other process."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from live import STARTED, Live, going

from mpdiag.model import Moment, ProcessMoment, ThreadMoment
from mpdiag.runner import ask, look
from mpdiag.testing import wait_until

pytestmark = pytest.mark.processes

HEAD = """
    import faulthandler, multiprocessing, os, signal, subprocess, sys, threading, time

    def say(name, text):
        with open(name, "a") as file:
            file.write(f"{text}\\n")

    def wait_for_ever():
        threading.Event().wait()
"""


def seen(run: Live, is_there: Callable[[Moment], object]) -> Moment:
    """Return a moment at which *is_there* holds: who says that it is ready has yet to wait."""
    (moment,) = wait_until(
        lambda: [one for one in (look(run.asker),) if is_there(one)], deadline=STARTED
    )
    return moment


def functions(process: ProcessMoment) -> set[str]:
    """Return the names of all functions on the stacks of *process*."""
    return {frame.function for thread in process.threads for frame in thread.frames}


def threads(moment: Moment, pid: int = 0) -> list[ThreadMoment]:
    """Return the threads of one process, or of all."""
    return [thread for one in moment.processes if pid in {0, one.pid} for thread in one.threads]


def test_every_process_tells_its_stacks(
    tmp_path: Path, runtime_dir: Path, start_method: str
) -> None:
    """Program and workers are seen with their stacks, joined with their tasks and inputs."""
    source = (
        HEAD
        + """
    def task(item):
        say("ready", os.getpid())
        wait_for_ever()

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            pool.map(task, ["ab", "cd"], chunksize=1)
"""
    )
    with going(source, start_method, here=tmp_path, runtime=runtime_dir) as run:
        pids = {int(line) for line in run.wait_for("ready", 2)}
        moment = seen(
            run,
            lambda moment: all(
                {"task", "wait_for_ever"} <= functions(one)
                for one in moment.processes
                if one.pid in pids
            ),
        )
        workers = {one.pid: one for one in moment.processes if one.pid in pids}
        assert set(workers) == pids
        for worker in workers.values():
            assert worker.role == "worker"
            assert worker.task is not None
            assert worker.task.target == "task"
            assert not any("/mpdiag/" in f.file for t in worker.threads for f in t.frames)
            main = next(thread for thread in worker.threads if thread.main)
            assert main.frames
            assert main.wait is not None
            assert main.wait.call == "futex"
        shown = {one.inputs.values["item"].text for one in workers.values() if one.inputs}
        assert shown == {"'ab'", "'cd'"}
        program = next(one for one in moment.processes if one.role == "program")
        assert "map" in functions(program)
        assert moment.not_readable == ()


def test_each_thread_is_joined_with_the_kernels(tmp_path: Path, runtime_dir: Path) -> None:
    """A thread that waits in `read` is the one whose stack says so, among several."""
    source = (
        HEAD
        + """
    def reads(fd):
        say("ready", threading.get_native_id())
        os.read(fd, 1)

    def sleeps():
        say("ready", "sleeper")
        wait_for_ever()

    if __name__ == "__main__":
        reader, writer = os.pipe()
        threading.Thread(target=reads, args=(reader,)).start()
        threading.Thread(target=sleeps).start()
        wait_for_ever()
"""
    )
    with going(source, here=tmp_path, runtime=runtime_dir) as run:
        tid = next(int(line) for line in run.wait_for("ready", 2) if line.isdigit())
        moment = seen(
            run, lambda moment: "read" in [one.wait.call for one in threads(moment) if one.wait]
        )
        (program,) = moment.processes
        (thread,) = (one for one in threads(moment) if one.wait and one.wait.call == "read")
        assert thread.wait is not None
        assert thread.tid == tid
        assert thread.frames[-1].function == "reads"
        end = next(one for one in program.ends if one.fd == thread.wait.fd)
        assert (end.kind, end.reads, end.filled) == ("pipe", True, 0)


OUT_OF_REACH = [
    pytest.param("os.execv('/bin/sleep', ['sleep', '1000'])", id="exec"),
    pytest.param(
        "os.execv(sys.executable, [sys.executable, '-I', '-c',"
        ' \'import time\\nopen("ready", "a").write("x\\\\n")\\ntime.sleep(1000)\'])',
        id="exec of an isolated Python",
    ),
]


@pytest.mark.parametrize("deed", OUT_OF_REACH)
def test_what_a_process_has_become_is_not_sent_the_signal(
    tmp_path: Path, runtime_dir: Path, deed: str
) -> None:
    """After an `exec` the signal would end the process: it is not sent, and that is said."""
    source = HEAD + f"\n    {deed}\n"
    with going(source, here=tmp_path, runtime=runtime_dir) as run:
        link = Path(f"/proc/{run.program}/cmdline")
        wait_until(lambda: b"1000" in link.read_bytes(), deadline=STARTED)
        (program,) = look(run.asker).processes
        assert program.no_stack == "not armed"
        assert ask(run.folder, [run.program])[run.program].why_not == "not armed"
        assert run.process.poll() is None
        assert link.read_bytes()


@pytest.mark.parametrize(
    "command",
    ["['/bin/sleep', '1000']", "[sys.executable, '-I', '-c', 'import time; time.sleep(1000)']"],
)
def test_a_child_without_the_handler_lives_on(
    tmp_path: Path, runtime_dir: Path, command: str
) -> None:
    """A child that is not Python, or whose environment is clean, has no stack and no harm."""
    source = (
        HEAD
        + f"""
    child = subprocess.Popen({command}, env={{}})
    say("ready", child.pid)
    child.wait()
    say("gone", child.returncode)
"""
    )
    with going(source, here=tmp_path, runtime=runtime_dir) as run:
        pid = int(run.wait_for("ready")[0])
        wait_until(lambda: b"1000" in Path(f"/proc/{pid}/cmdline").read_bytes(), deadline=STARTED)
        moment = seen(run, lambda moment: any(one.wait for one in threads(moment, pid)))
        (child,) = (one for one in moment.processes if one.pid == pid)
        assert child.no_stack == "not armed"
        assert not (tmp_path / "gone").exists()
        os.kill(pid, 0)


THEIRS = [
    pytest.param("signal.signal(number, lambda *_: say('theirs', 'x'))", id="signal.signal"),
    pytest.param("faulthandler.register(number, open('theirs', 'w'))", id="faulthandler"),
    pytest.param("signal.pthread_sigmask(signal.SIG_BLOCK, {number})", id="blocked"),
]


@pytest.mark.parametrize("deed", THEIRS)
def test_a_signal_that_the_program_uses_is_the_programs(
    tmp_path: Path, runtime_dir: Path, deed: str
) -> None:
    """Whoever handles the signal, or waits for it, never gets one from mpdiag."""
    source = (
        HEAD
        + f"""
    if __name__ == "__main__":
        number = signal.SIGRTMIN + 17
        {deed}
        say("ready", "x")
        wait_for_ever()
"""
    )
    with going(source, here=tmp_path, runtime=runtime_dir) as run:
        run.wait_for("ready")
        (program,) = look(run.asker).processes
        assert program.no_stack
        theirs = tmp_path / "theirs"
        assert not theirs.exists() or not theirs.read_text("utf-8")


def test_the_programs_own_dumps_are_kept(tmp_path: Path, runtime_dir: Path) -> None:
    """`faulthandler.register` of another signal works beside ours, in workers as well."""
    source = (
        HEAD
        + """
    if __name__ == "__main__":
        theirs = open("theirs", "w")
        faulthandler.register(signal.SIGUSR1, theirs)
        say("ready", "x")
        wait_for_ever()
"""
    )
    with going(source, here=tmp_path, runtime=runtime_dir) as run:
        run.wait_for("ready")
        seen(run, lambda moment: "wait_for_ever" in functions(moment.processes[0]))
        assert not (tmp_path / "theirs").read_text("utf-8")
        os.kill(run.program, 10)
        theirs = tmp_path / "theirs"  # written line by line
        assert wait_until(lambda: "wait_for_ever" in theirs.read_text("utf-8"), deadline=STARTED)


def test_a_closed_descriptor_costs_the_stack_only(tmp_path: Path, runtime_dir: Path) -> None:
    """A program that closes all descriptors and opens its own gets nothing of ours in them."""
    source = (
        HEAD
        + """
    if __name__ == "__main__":
        os.closerange(3, 4096)
        for number in range(700, 740):
            os.dup2(os.open("theirs", os.O_RDWR | os.O_CREAT), number)
        say("ready", "x")
        wait_for_ever()
"""
    )
    with going(source, here=tmp_path, runtime=runtime_dir) as run:
        run.wait_for("ready")
        (program,) = look(run.asker).processes
        assert program.no_stack == "not armed"
        assert (tmp_path / "theirs").read_bytes() == b""


def test_a_stopped_process_is_not_waited_for(tmp_path: Path, runtime_dir: Path) -> None:
    """A stopped process has no stack, but the semaphores and ends that it holds are seen."""
    source = (
        HEAD
        + """
    if __name__ == "__main__":
        lock = multiprocessing.Lock()
        lock.acquire()
        say("ready", "x")
        os.kill(os.getpid(), signal.SIGSTOP)
"""
    )
    with going(source, here=tmp_path, runtime=runtime_dir) as run:
        run.wait_for("ready")
        (program,) = wait_until(
            lambda: [one for one in look(run.asker).processes if one.state == "T"],
            deadline=STARTED,
        )
        assert program.no_stack == "stopped"
        assert [one.value for one in program.semaphores] == [0]


def test_a_wait_for_a_semaphore_names_it(tmp_path: Path, runtime_dir: Path) -> None:
    """Two processes that share a lock agree on its number, its value and who waits for it."""
    source = (
        HEAD
        + """
    def takes(lock):
        say("ready", os.getpid())
        lock.acquire()

    if __name__ == "__main__":
        context = multiprocessing.get_context("spawn")
        lock = context.Lock()
        lock.acquire()
        context.Process(target=takes, args=(lock,)).start()
        wait_for_ever()
"""
    )
    with going(source, here=tmp_path, runtime=runtime_dir) as run:
        pid = int(run.wait_for("ready")[0])

        def waiting() -> list[ProcessMoment]:
            found = [one for one in look(run.asker).processes if one.pid == pid]
            waits = [one.threads[0].wait for one in found]
            return found if waits and waits[0] and waits[0].semaphore is not None else []

        (child,) = wait_until(waiting, deadline=STARTED)
        wait = child.threads[0].wait
        assert wait is not None
        program = next(one for one in look(run.asker).processes if one.role == "program")
        values = {one.inode: one.value for one in program.semaphores}
        assert values[wait.semaphore or 0] == 0
        assert child.task is not None
        assert child.task.target == "takes"
