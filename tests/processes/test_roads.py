"""The road between owner and worker: locks, half messages, what cannot be pickled or written."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mpdiag.testing import run_command, run_program

pytestmark = pytest.mark.processes

HEAD = """
    import json, multiprocessing, os, signal, sys, threading, time
    from concurrent.futures import ProcessPoolExecutor

    def outcome(get, *args):
        try:
            return ["ok", get(*args)]
        except BaseException as error:
            return [type(error).__name__, *getattr(error, "__notes__", [])]
"""


def test_an_idle_worker_killed_with_the_lock_blocks_nobody(
    tmp_path: Path, start_method: str
) -> None:
    """The reading lock of a dead idle worker is released; later tasks run, none is blamed."""
    script = (
        HEAD
        + """
    def same(x):
        return x

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            pool.map(same, range(4), chunksize=1)
            for worker in list(pool._pool):
                os.kill(worker.pid, signal.SIGKILL)
                while os.path.exists(f"/proc/{worker.pid}"):
                    time.sleep(0.01)  # one that dies may still take a task
            print(json.dumps(outcome(pool.map_async(same, range(4), 1).get, 30)))
"""
    )
    done = run_program(script, start_method, folder=tmp_path)
    assert json.loads(done.stdout) == ["ok", [0, 1, 2, 3]], done.stderr


def test_a_pool_ends_though_a_dead_worker_has_the_lock(tmp_path: Path, start_method: str) -> None:
    """Killed while idle, and the pool ended at once: stock Pool waits in terminate() for ever."""
    script = (
        HEAD
        + """
    def same(x):
        return x

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            pool.map(same, range(4), chunksize=1)
            for worker in list(pool._pool):
                os.kill(worker.pid, signal.SIGSTOP)  # or it takes the handler's word to end
            pool._worker_handler._state = "TERMINATE"  # it looks after dead workers no more
            pool._change_notifier.put(None)
            pool._worker_handler.join(30)
            for worker in list(pool._pool):
                os.kill(worker.pid, signal.SIGKILL)
        print(json.dumps("ended"))
"""
    )
    done = run_program(script, start_method, folder=tmp_path)
    assert json.loads(done.stdout) == "ended", done.stderr


def test_a_pool_whose_workers_are_killed_all_the_time_answers_each_task(
    tmp_path: Path, start_method: str
) -> None:
    """Busy and idle workers die: each task has its own result, or its own WorkerCrashed."""
    script = (
        HEAD
        + """
    def double(x):
        time.sleep(0.001)
        return 2 * x

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            asked = [pool.apply_async(double, (x,)) for x in range(300)]
            for kill in range(4):
                asked[60 * (kill + 1)].wait(30)
                for worker in list(pool._pool)[:1]:
                    try:
                        os.kill(worker.pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass  # the one that was killed before, reaped and still listed
            print(json.dumps([outcome(one.get, 30) for one in asked]))
"""
    )
    done = run_program(script, start_method, folder=tmp_path)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    wrong = [result for x, result in enumerate(found) if result != ["ok", 2 * x]]
    assert {result[0] for result in wrong} <= {"WorkerCrashed"}, done.stderr
    assert len(wrong) <= 4


@pytest.mark.parametrize("road", ["sender", "receiver"])
def test_a_worker_killed_with_a_lock_it_has_not_told_of_blocks_nobody(
    tmp_path: Path, road: str
) -> None:
    """Between taking a lock and the mark for it lies a moment; death in it frees the lock too."""
    script = (
        HEAD
        + """
    def task(x):
        if x == 3:
            frame = sys._getframe()
            while type(frame.f_locals.get("self")).__name__ != "_PoolLoop":
                frame = frame.f_back
            road = getattr(frame.f_locals["self"], sys.argv[1])
            take = road._acquire
            road._acquire = lambda: (take(), os.kill(os.getpid(), signal.SIGKILL))
        if x == 4:  # of the other worker, which must not end all tasks before that one dies
            died.wait(30)
        return x

    if __name__ == "__main__":
        died = multiprocessing.Event()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            first = {worker.pid for worker in pool._pool}
            asked = [pool.apply_async(task, (x,)) for x in range(50)]
            while first == {worker.pid for worker in pool._pool}:
                time.sleep(0.01)
            died.set()
            print(json.dumps([outcome(one.get, 30) for one in asked]))
"""
    )
    done = run_program(script, road, folder=tmp_path)
    found = json.loads(done.stdout)
    lost = [x for x, result in enumerate(found) if result != ["ok", x]]
    assert lost == ([3] if road == "sender" else []), found
    assert "released a queue lock that a dead worker held" in done.stderr


def test_a_worker_killed_while_it_sends_costs_its_task(tmp_path: Path, start_method: str) -> None:
    """Killed in the middle of a large result: that task fails, the pool goes on."""
    script = (
        HEAD
        + """
    def large(x):
        if x == 1:
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGKILL)).start()
            return Slow()
        return x

    class Slow:
        def __reduce__(self):
            return bytes, (b"x" * 300_000_000,)

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            pool._result_handler  # reads all the time; the message is far larger than the pipe
            asked = [pool.apply_async(large, (i,)) for i in range(4)]
            found = [outcome(one.get, 60)[0] for one in asked]
            later = outcome(pool.apply_async(large, (7,)).get, 30)
            print(json.dumps([found, later]))
"""
    )
    done = run_program(script, start_method, folder=tmp_path, deadline=50)
    found, later = json.loads(done.stdout)
    assert later == ["ok", 7], done.stderr
    assert [one for i, one in enumerate(found) if i != 1] == ["ok", "ok", "ok"]
    assert found[1] in {"ok", "WorkerCrashed"}  # the kernel decides which was first


@pytest.mark.parametrize("kind", ["pool", "executor"])
def test_an_argument_that_cannot_be_pickled_is_named(
    kind: str, tmp_path: Path, start_method: str
) -> None:
    """The caller's error carries the task and its input; the others give their results."""
    script = (
        HEAD
        + """
    def same(record):
        return record["id"]

    if __name__ == "__main__":
        records = [{"id": i} for i in range(20)]
        records[7]["guard"] = threading.Lock()
        context = multiprocessing.get_context(sys.argv[1])
        if sys.argv[2] == "pool":
            with context.Pool(2) as pool:
                asked = [pool.apply_async(same, (record,)) for record in records]
                print(json.dumps([outcome(one.get, 30) for one in asked]))
        else:
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                asked = [pool.submit(same, record) for record in records]
                print(json.dumps([outcome(one.result, 30) for one in asked]))
"""
    )
    done = run_program(script, start_method, kind, folder=tmp_path)
    found = json.loads(done.stdout)
    assert [i for i, one in enumerate(found) if one != ["ok", i]] == [7]
    assert found[7][0] == "TypeError"
    assert "task 7 (from 0)" in found[7][1]
    assert "'id': 7" in found[7][1]
    assert done.fault["inputs"]["record"].startswith("{'id': 7")


@pytest.mark.parametrize("kind", ["pool", "executor", "process"])
def test_a_target_that_cannot_be_pickled_is_not_taken_for_its_input(
    kind: str, tmp_path: Path
) -> None:
    """A lambda has no name that a worker could import: that, and where it stands, is told."""
    script = (
        HEAD
        + """
    if __name__ == "__main__":
        context = multiprocessing.get_context("spawn")
        if sys.argv[1] == "pool":
            with context.Pool(1) as pool:
                pool.map_async(lambda x: x, [1, 2], 1).get(30)
        elif sys.argv[1] == "executor":
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                pool.submit(lambda x: x, 1).result(30)
        else:
            context.Process(target=lambda x: x, args=(1,)).start()
"""
    )
    done = run_program(script, kind, folder=tmp_path)
    assert done.exit_code == 1
    assert "the target cannot be sent to a worker" in done.report
    assert "where     <lambda>(x), script.py:" in done.report
    assert "define it with def" in done.report
    assert "buf =" not in done.report


def test_workers_of_a_library_that_is_not_known_are_named_as_not_watched(tmp_path: Path) -> None:
    """Loky kills its idle workers and reaps them itself: that is no crash of theirs."""
    (tmp_path / "loky").mkdir()
    (tmp_path / "loky" / "__init__.py").touch()
    (tmp_path / "loky" / "process_executor.py").write_text(
        "import os, signal\n\ndef work(queue):\n    os.kill(os.getpid(), signal.SIGKILL)\n",
        encoding="utf-8",
    )
    script = (
        HEAD
        + """
    from loky.process_executor import work

    if __name__ == "__main__":
        process = multiprocessing.Process(target=work, args=(1,))
        process.start()
        process.join(30)
"""
    )
    done = run_program(script, folder=tmp_path)
    assert "no faults seen" in done.report
    assert "a Python process of loky, into whose tasks mpdiag does not look" in done.stderr


def test_a_function_that_the_worker_lacks_is_an_error_of_its_caller(tmp_path: Path) -> None:
    """Defined after a forked pool: stock Pool loses the task and hangs."""
    script = (
        HEAD
        + """
    if __name__ == "__main__":
        with multiprocessing.get_context("fork").Pool(2) as pool:
            def late(x):
                return x
            print(json.dumps(outcome(pool.apply_async(late, (1,)).get, 30)))
"""
    )
    done = run_program(script, folder=tmp_path)
    kind, note = json.loads(done.stdout)
    assert kind == "AttributeError"
    assert "define the function before the pool is made" in note
    assert done.fault["verdict"]["cause"] == "raised"


@pytest.mark.parametrize("road", ["Queue", "SimpleQueue", "Pipe"])
def test_the_last_message_of_a_killed_process_is_its_likely_input(
    road: str, tmp_path: Path, start_method: str
) -> None:
    """A bare process that loops over a queue or connection and is killed at its fourth message."""
    script = (
        HEAD
        + """
    def loop(get):
        while True:
            item = get() if callable(get) else (get.get if hasattr(get, "get") else get.recv)()
            if item["id"] == 3:
                os.kill(os.getpid(), signal.SIGKILL)

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        if sys.argv[2] == "Pipe":
            reader, writer = context.Pipe(duplex=False)
            put = writer.send
        else:
            reader = getattr(context, sys.argv[2])()
            put = reader.put
        process = context.Process(target=loop, args=(reader,))
        process.start()
        for i in range(4):
            put({"id": i, "name": "ab"})
        process.join(30)
"""
    )
    done = run_program(script, start_method, road, folder=tmp_path)
    fault = done.fault
    assert fault["kind"] == "crash"
    assert "{'id': 3, 'name': 'ab'}" in str(fault["inputs"])


def test_pools_inside_pools_tell_each_fault_once(tmp_path: Path) -> None:
    """A failure in an inner pool comes through the outer one and is one fault."""
    script = (
        HEAD
        + """
    def inner(x):
        return {}[x]

    def outer(x):
        with ProcessPoolExecutor(1) as pool:
            return list(pool.map(inner, [x]))

    if __name__ == "__main__":
        with ProcessPoolExecutor(1) as pool:
            print(json.dumps(outcome(pool.submit(outer, 5).result, 30)[0]))
"""
    )
    done = run_program(script, folder=tmp_path)
    assert done.fault["inputs"] == {"x": "5"}
    assert done.fault["target"].endswith("inner")


def test_a_python_that_cannot_be_watched_is_named(tmp_path: Path) -> None:
    """Started with -I by subprocess: the report names the place; others started so are watched."""
    script = """
    import subprocess, sys

    subprocess.run([sys.executable, "-I", "-c", "pass"])
    subprocess.run([sys.executable, "-c", "pass"])
"""
    done = run_program(script, folder=tmp_path)
    assert "-I" in done.stderr
    assert "script.py:4" in done.stderr
    assert "script.py:5" not in done.stderr


def test_without_room_to_write_the_report_still_comes(tmp_path: Path) -> None:
    """A full tmpfs for the recorder, no folder for the store: the failure comes all the same."""
    script = (
        HEAD
        + """
    def parse(x):
        return {}[x]

    if __name__ == "__main__":
        with multiprocessing.Pool(2) as pool:
            print(json.dumps(outcome(pool.apply_async(parse, (5,)).get, 30)[0]))
"""
    )
    (tmp_path / "script.py").write_text(textwrap.dedent(script), encoding="utf-8")
    closed = "mount -t tmpfs -o size=32k none /dev/shm && exec"
    allowed = ["unshare", "--mount", "sh", "-c", closed.replace("exec", "true")]
    if subprocess.run(allowed, capture_output=True, check=False).returncode:
        pytest.skip("a mount namespace is not permitted here")
    inner = f"{closed} {sys.executable} -m mpdiag run script.py"
    nowhere = {"XDG_RUNTIME_DIR": "/proc", "TMPDIR": "/proc", "MPDIAG_HOME": "/proc/none"}
    command = ["unshare", "--mount", "sh", "-c", inner]
    done = run_command(command, folder=tmp_path, deadline=50, environment=nowhere)
    assert (done.exit_code, json.loads(done.stdout)) == (0, "KeyError"), done.stderr
    assert "KeyError, script.py:12, 1 task" in done.stderr
    assert "crashes could not be recorded" in done.stderr
    assert "not kept" in done.stderr


@pytest.mark.parametrize("after", ["its length", "all of it"])
def test_a_worker_killed_while_it_reads_costs_its_task(
    tmp_path: Path, start_method: str, after: str
) -> None:
    """Half a message taken off the queue: that task fails and is named, the pool goes on."""
    script = (
        HEAD
        + """
    from mpdiag.worker import _message, _roads

    FLAG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dies")
    whole = _message.read_message

    def read(handle, begun, *rest):
        def die():
            try:
                os.close(os.open(FLAG, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return
            begun()
            os.kill(os.getpid(), signal.SIGKILL)
        if AFTER == "its length":
            return whole(handle, lambda: (die(), begun()), *rest)
        raw = whole(handle, begun, *rest)
        die()
        return raw

    _roads.read_message = read

    def same(x):
        return x

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            asked = [pool.apply_async(same, (i,)) for i in range(100)]
            print(json.dumps([outcome(one.get, 30) for one in asked]))
"""
    ).replace("AFTER ==", f"{after!r} ==")
    done = run_program(script, start_method, folder=tmp_path, deadline=50)
    outcomes = json.loads(done.stdout)
    (bad,) = (number for number, one in enumerate(outcomes) if one[0] != "ok")
    assert outcomes[bad][0] == "WorkerCrashed", done.stderr
    assert f"x = {bad}" in outcomes[bad][1]
    (fault,) = done.faults
    assert fault["inputs"] == {"x": str(bad)}
    assert fault["task"]["index"] == bad
    assert "had not begun" in str(fault["verdict"]["evidence"])
