"""``mpdiag check`` as a user runs it: on the programs of the table of hints, and on healthy ones.

What the source alone tells is in tests/hints/test_source.py.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mpdiag.hints import HINTS
from mpdiag.testing import Program, run_command, wait_until

pytestmark = pytest.mark.programs

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ROOT / "tests" / "hints" / "programs"
# What is found by a run of programs whose source does not tell it: the hint, and how it is seen.
TRIED = {
    "another_of_that_name": {("another-of-that-name", "send")},
    "authentication_key": {("authentication-key", "send")},
    "database_connection": {("database-connection", "send")},
    "defined_after_the_pool": {("defined-after-the-pool", "load")},
    "dict_view": {("dict-view", "send")},
    "forkserver_default": {(None, "send")},
    "forkserver_default_not": {(None, "send")},
    "interactive_function": {("interactive-function", "import")},
    "lambda": {("lambda", "send")},
    "local_function": {("local-function", "send")},
    "main_guard": {("main-guard", "import")},
    "module": {("module", "send")},
    "module_missing_in_child": {("module-missing-in-child", "load")},
    "not_in_its_module": {("not-in-its-module", "send")},
    "open_file": {("open-file", "send")},
    "pool_as_argument": {("pool-as-argument", "send")},
    "queue_through_inheritance": {("queue-through-inheritance", "send")},
    "result_cannot_be_sent": {("thread-lock", "send")},
    "socket_or_ssl": {("socket-or-ssl", "send")},
    "thread_lock": {("thread-lock", "send")},
    "thread_lock_not": {("queue-through-inheritance", "send")},
    "weak_reference": {("weak-reference", "send")},
}
if sys.version_info >= (3, 11):  # before, a lock does not know for what it was made
    TRIED["other_start_method"] = {("other-start-method", "send")}
# Sent in a form of its own: the fork server's own error has a hint for logs alone.
WIDE = {one.slug for one in HINTS if one.is_wide}
# In the default run: one for each way in which a trouble is found.
ALWAYS = {"defined_after_the_pool", "main_guard", "thread_lock"}
SOME = [
    pytest.param(name, marks=() if name in ALWAYS else pytest.mark.wide)
    for trouble in TRIED
    for name in {trouble: None, f"{trouble.removesuffix('_not')}_not": None}
]


def check(folder: Path, *words: str, deadline: float = 100) -> tuple[Program, dict[str, Any]]:
    """Run ``mpdiag check --json`` in *folder*; return how it ended, and its document."""
    command = [sys.executable, "-m", "mpdiag", "check", "--json", *words]
    done = run_command(command, folder=folder, deadline=deadline)
    return done, json.loads(done.stdout) if done.stdout else {}


@pytest.mark.parametrize("program", SOME)
def test_each_program_of_the_table_has_its_answer(program: str, tmp_path: Path) -> None:
    """What a run tells is told, with a line of the program; lookalikes have nothing."""
    done, document = check(tmp_path, str(PROGRAMS / f"{program}.py"))
    found = {(one["hint"], one["seen"]) for one in document["troubles"]}
    expected = TRIED.get(program, set())
    wide = {(one if one not in WIDE else None, how) for one, how in found}
    assert wide == expected, done.stderr
    assert done.exit_code == (1 if expected else 0)
    if program != "interactive_function":  # it has no file
        assert all(one["line"] for one in document["troubles"])
    assert list(tmp_path.iterdir()) == []


HEALTHY = """
import multiprocessing, functools, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory
from parts import Record, Scale, begin, note, put, scale

class Worker(multiprocessing.Process):
    def __init__(self, queue):
        super().__init__()
        self.queue = queue

    def run(self):
        self.queue.put(Record(2))

def first(memory):
    return memory.buf[0]

def main():
    context = multiprocessing.get_context(sys.argv[1])
    queue, lock, count = context.Queue(), context.Lock(), context.Value("i", 1)
    with context.Pool(1, begin, (queue, lock, count)) as pool:
        pool.map(scale, [Record(one) for one in range(100)])
        pool.starmap(functools.partial(scale, by=3), [(Record(1),)])
        pool.apply(Scale(3).of, (Record(1),))
        memory = shared_memory.SharedMemory(create=True, size=1)
        pool.apply(first, (memory,))
        memory.close()
        memory.unlink()
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        list(pool.map(Scale(2), [Record(1)] * 4, chunksize=3))
        pool.submit(scale, Record(1), by=2).result()
    with context.Manager() as manager:
        notes = manager.list()
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=put, args=(queue, sender, notes, count), daemon=True)
        process.start()
        print(queue.get(), receiver.recv(), list(notes))
        process.join()
    worker = Worker(queue)
    worker.start()
    print(queue.get())
    worker.join()

if __name__ == "__main__":
    main()
"""
PARTS = """
from dataclasses import dataclass

@dataclass
class Record:
    value: int

class Scale:
    def __init__(self, by):
        self.by = by

    def of(self, record):
        return Record(record.value * self.by)

    __call__ = of

def scale(record, by=1):
    return Scale(by).of(record)

def begin(*given):
    pass

def note(notes):
    notes.append(Record(9))

def put(queue, sender, notes, count):
    note(notes)
    queue.put(Record(1))
    sender.send({"count": count.value})
"""


def test_a_healthy_program_has_no_trouble(start_method: str, tmp_path: Path) -> None:
    """Under each start method: its objects, queues, locks, pipes, proxies and memory go through."""
    (tmp_path / "job.py").write_text(HEALTHY)
    (tmp_path / "parts.py").write_text(PARTS)
    done, document = check(tmp_path, "job.py", start_method)
    assert document["troubles"] == document["limits"] == []
    assert (document["ran"], document["files"], done.exit_code) == ("exit code 0", 2, 0)
    assert document["looked"] > 15
    assert "Record(value=1)" in done.stderr  # the program's own output


HIDDEN = """
import multiprocessing

class Odd:
    def __reduce__(self):
        return eval, ("1 / 0",)

def task(*given):
    pass

if __name__ == "__main__":
    class Below:
        pass

    context = multiprocessing.get_context("fork")
    for given in (Odd(), Below(), {"a": [lambda: 1]}):
        process = context.Process(target=task, args=(given,))
        process.start()
        process.join()
    queue = context.Queue()
    queue.put(Below())
    queue.get()
"""


def test_what_a_fork_hides_is_found(tmp_path: Path) -> None:
    """Each object that a forked process was given without a pickle, with its line and path."""
    (tmp_path / "job.py").write_text(HIDDEN)
    done, document = check(tmp_path, "job.py")
    found = [(one["line"], one["seen"], one["sent"]) for one in document["troubles"]]
    assert sorted(found) == [
        (18, "load", "*given of task (start of ForkProcess-1)"),
        (18, "load", "*given of task (start of ForkProcess-2)"),
        (18, "send", "*given of task (start of ForkProcess-3)"),
        (21, "load", "an item of Queue.put"),
    ], done.stderr
    (path,) = [one["path"] for one in document["troubles"] if one["path"]]
    assert path.startswith("*given[0]['a'][0] is a lambda")
    assert document["asks_for"] == "fork (job.py:15)"


def test_a_static_check_runs_nothing(tmp_path: Path) -> None:
    """The program is not even imported."""
    (tmp_path / "job.py").write_text("raise SystemExit(7)\n")
    done, document = check(tmp_path, "--static", "job.py")
    assert (done.exit_code, document["ran"], done.stderr) == (0, None, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.py"], "there is no file 'nothing.py' to run"),
        (["-m", "nothing"], "there is no module 'nothing' to run"),
        (["bad.py"], "bad.py:1 is not valid in Python"),
        ([], "no program is named"),
    ],
)
def test_what_cannot_be_checked_is_one_message(words: list[str], said: str, tmp_path: Path) -> None:
    """With exit code 2, and the command that helps."""
    (tmp_path / "bad.py").write_text("def f(:\n")
    done, document = check(tmp_path, *words)
    assert (done.exit_code, document) == (2, {})
    first, second = done.stderr.splitlines()
    assert said in first
    assert second.startswith("        ")


def test_a_program_that_ends_badly_is_told_apart(tmp_path: Path) -> None:
    """Its own failure is no trouble of start methods, and its exit code not that of the check."""
    (tmp_path / "job.py").write_text("import sys\nprint('out')\nsys.exit(3)\n")
    done, document = check(tmp_path, "job.py")
    assert (done.exit_code, document["ran"], document["looked"]) == (0, "exit code 3", 0)
    assert done.stderr == "out\n"
    assert document["limits"] == [
        "what it sends: nothing was seen to go to another process in this run"
    ]


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """After --timeout it is asked to, and that is told."""
    (tmp_path / "job.py").write_text("import time\ntime.sleep(600)\n")
    done, document = check(tmp_path, "--timeout", "0.5", "job.py")
    assert (done.exit_code, document["ran"]) == (0, "SIGTERM, ended after 0.5 s")


@pytest.mark.wide
def test_a_program_that_will_not_end_is_killed(tmp_path: Path) -> None:
    """It ignores SIGTERM as it did from its start."""
    (tmp_path / "job.py").write_text("import time\ntime.sleep(600)\n")
    words = "-m mpdiag check --json --timeout 0.5 job.py"
    command = ["sh", "-c", f"trap '' TERM; exec {sys.executable} {words}"]
    done = run_command(command, folder=tmp_path, deadline=60)
    assert json.loads(done.stdout)["ran"] == "SIGKILL, ended after 0.5 s"


def test_an_interrupted_check_still_answers(tmp_path: Path) -> None:
    """Ctrl-C ends the program; what was seen until then is told."""
    (tmp_path / "job.py").write_text(
        "import time\nopen('up', 'w').close()\nwhile True:\n    time.sleep(1)\n"
    )
    command = [sys.executable, "-m", "mpdiag", "check", "job.py"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        wait_until((tmp_path / "up").exists, deadline=50)
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=50)
    assert "ran it once (SIGINT)" in said


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the page shows a Python that forks")
def test_the_page_shows_what_is_said(tmp_path: Path) -> None:
    """The program of docs/check.md has the answer that stands there."""
    page = (ROOT / "docs" / "check.md").read_text("utf-8")
    program, said = re.findall(r"^```\w+\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)[:2]
    (tmp_path / "job.py").write_text(program)
    command = [sys.executable, "-m", "mpdiag", "check", "job.py"]
    done = run_command(command, folder=tmp_path, deadline=100)
    assert f"$ mpdiag check job.py\n{done.stdout}" == said
    assert (done.exit_code, done.stderr) == (1, "10\n")
