"""Troubles seen in the source of a program: in every program of the table, and in no other."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from mpdiag.hints import HINTS, Source, read_source

PROGRAMS = Path(__file__).parent / "programs"
ALL = sorted(path.stem for path in PROGRAMS.glob("*.py"))
# What is seen in programs that are about something else.
BESIDE = {"full_queue": {"unjoined-feeder"}}
# Programs of a trouble with a message that show it by other means than its source.
OTHERWISE = {"fork_with_threads", "cuda_after_fork"}


def seen(text: str, *, is_main: bool = True) -> list[tuple[str, int]]:
    """Return the troubles in *text*, with their lines."""
    source = Source(textwrap.dedent(text), "job.py", is_main=is_main)
    return [(one.hint.slug, one.sight.line) for one in read_source(source)]


@pytest.mark.parametrize("program", ALL)
def test_a_program_shows_its_own_trouble_and_no_other(program: str) -> None:
    """Each is right for its name; a lookalike shows none."""
    name = program.removesuffix("_source").replace("_", "-")
    own = {one.slug for one in HINTS if one.slug == name and one.read is not None}
    expected = BESIDE.get(program, set() if program in OTHERWISE else own)
    source = Source((PROGRAMS / f"{program}.py").read_text("utf-8"), program)
    assert {one.hint.slug for one in read_source(source)} == expected


@pytest.mark.parametrize("hint", [one for one in HINTS if one.read], ids=lambda one: one.slug)
def test_each_has_its_program_and_its_lookalike(hint: object) -> None:
    """Both are there for every trouble that is seen in a source."""
    name = hint.slug.replace("-", "_")  # type: ignore[attr-defined]
    name = f"{name}_source" if name in OTHERWISE else name
    assert {name, f"{name}_not"} <= set(ALL)


HEAD = "import multiprocessing as mp\nfrom concurrent.futures import ProcessPoolExecutor\n"
# A program, and what is seen in it.
CASES = [
    pytest.param("mp.Pool().map(print, [1])\n", [("main-guard", 3)], id="one line"),
    pytest.param(
        "def main():\n    with mp.Pool() as pool:\n        pool.map(print, [1])\nmain()\n",
        [("main-guard", 6)],
        id="a call of what starts processes",
    ),
    pytest.param("def main():\n    mp.Pool()\n", [], id="a function that nobody calls"),
    pytest.param(
        "pool = ProcessPoolExecutor()\n", [], id="an executor starts none when it is made"
    ),
    pytest.param(
        "with ProcessPoolExecutor() as pool:\n    pool.submit(print, 1)\n",
        [("main-guard", 4)],
        id="submit starts them",
    ),
    pytest.param(
        "if '__main__' == __name__:\n    mp.Pool()\n", [], id="a guard the other way round"
    ),
    pytest.param(
        "f = lambda x: x\nif __name__ == '__main__':\n    mp.Pool().map(f, [1])\n",
        [("lambda", 5)],
        id="a lambda with a name",
    ),
    pytest.param(
        """
        import functools
        def main():
            def inner(a, b): pass
            ProcessPoolExecutor().submit(functools.partial(inner, 1), 2)
        """,
        [("local-function", 7)],
        id="a local function in a partial",
    ),
    pytest.param(
        "def main():\n    mp.get_context('fork').Process(target=lambda: 1).start()\n",
        [("lambda", 4)],
        id="a process of a context",
    ),
    pytest.param(
        """
        class Worker(mp.Process):
            def run(self):
                print(mode)
        if __name__ == '__main__':
            mode = 1
            Worker().start()
        """,
        [("name-missing-in-child", 6)],
        id="the run method of a process",
    ),
    pytest.param(
        """
        mode = 0
        def inner():
            return mode
        def task(x):
            return inner()
        def read():
            global mode
            mode = 1
        if __name__ == '__main__':
            read()
            mp.Pool().map(task, [1])
        """,
        [("inherited-state", 11)],
        id="a global set by a function, read by what a task calls",
    ),
    pytest.param(
        """
        mode = 0
        class Job:
            mode = 5
            def task(self, x):
                return mode
            def run(self):
                global mode
                mode = 1
                mp.Pool().map(self.task, [1])
        """,
        [("inherited-state", 11)],
        id="a global set by a method",
    ),
    pytest.param(
        """
        mode = 0
        def task(mode):
            return mode
        if __name__ == '__main__':
            mode = 1
            mp.Pool().map(task, [1])
        """,
        [],
        id="a parameter of the same name",
    ),
    pytest.param(
        """
        done = []
        def task(x):
            return x
        if __name__ == '__main__':
            pool = mp.Pool()
            for one in pool.imap(task, [1]):
                done.append(one)
        """,
        [],
        id="a global that workers do not read",
    ),
    pytest.param(
        """
        import logging
        def task(x):
            logging.info(x)
        def main():
            with mp.Pool() as pool:
                pool.map(task, [1])
        if __name__ == '__main__':
            logging.basicConfig()
            main()
        """,
        [("logging-of-main", 11)],
        id="logging in a task",
    ),
    pytest.param(
        """
        import random
        random.seed(1)
        def task(x):
            return random.random()
        if __name__ == '__main__':
            mp.Pool().map(task, [1])
        """,
        [("same-random-numbers", 7)],
        id="a fixed seed at the top",
    ),
    pytest.param(
        """
        import numpy
        rng = numpy.random.default_rng(1)
        def task(x):
            return rng.random()
        if __name__ == '__main__':
            mp.Pool().map(task, [1])
        """,
        [("same-random-numbers", 7)],
        id="one generator of the module",
    ),
    pytest.param(
        """
        def main():
            result = mp.Pool().map_async(print, [1])
            while not result.ready():
                pass
        """,
        [("busy-wait", 6)],
        id="ready() in a loop",
    ),
    pytest.param(
        """
        import time
        def main():
            result = mp.Pool().map_async(print, [1])
            while not result.ready():
                time.sleep(1)
        """,
        [],
        id="ready() in a loop that sleeps",
    ),
    pytest.param(
        """
        def main():
            queue = mp.Queue()
            workers = [mp.Process(target=print, args=(queue,)) for _ in range(3)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            print(queue.get())
        """,
        [("join-before-drain", 10)],
        id="all joined before the queue is read",
    ),
    pytest.param(
        """
        def main():
            queue = mp.Queue()
            worker = mp.Process(target=print, args=(queue,))
            worker.join(1)
            print(queue.get())
        """,
        [],
        id="a join with a time limit",
    ),
    pytest.param(
        """
        def main():
            shared = mp.Manager().dict()
            shared['a']['b'] = 1
        """,
        [("changed-in-place", 6)],
        id="an item of an item",
    ),
    pytest.param(
        """
        def main():
            manager = mp.Manager()
            shared = manager.dict()
            shared['a'] = manager.list()
            shared['a'].append(1)
        """,
        [],
        id="a proxy inside a proxy",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_it_is_seen_where_it_stands(text: str, expected: list[tuple[str, int]]) -> None:
    """With the line, in the forms that programs have."""
    assert seen(HEAD + textwrap.dedent(text)) == expected


def test_an_imported_module_has_no_guard_to_miss() -> None:
    """A pool at its top is named as such, and what stands below its guard never runs."""
    text = HEAD + "pool = mp.Pool()\nif __name__ == '__main__':\n    mode = 1\n"
    assert seen(text, is_main=False) == [("pool-of-module", 3)]


def test_texts_name_what_is_in_the_program() -> None:
    """No report speaks of "name" where the source has one."""
    text = HEAD + "def main():\n    def inner(): pass\n    mp.Process(target=inner)\n"
    (advice,) = read_source(Source(text, "job.py"))
    assert advice.what == "inner is defined inside a function"
    assert advice.sight.frames[0].source == "mp.Process(target=inner)"


@pytest.mark.parametrize("program", [name for name in ALL if not name.endswith("_not")])
def test_a_program_cut_anywhere_is_read(program: str) -> None:
    """What is left of it, if it is Python at all, raises nothing."""
    lines = (PROGRAMS / f"{program}.py").read_text("utf-8").splitlines()
    for end in range(len(lines)):
        try:
            source = Source("\n".join(lines[:end]), program)
        except SyntaxError:
            continue
        read_source(source)
