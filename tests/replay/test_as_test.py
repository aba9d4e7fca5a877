"""A fault becomes a test that fails as the fault did, and is red once the bug is fixed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from .recorded import command, record

pytestmark = pytest.mark.programs

PROGRAM = """
    import dataclasses, enum, faulthandler, multiprocessing, os, signal, sys, threading, time
    from functools import partial

    class Level(enum.Enum):
        LOW = 1

    @dataclasses.dataclass
    class Record:
        number: int
        level: Level

    class Refused(Exception):
        pass

    class Parser:
        def __init__(self, mark):
            self.mark = mark

        def __repr__(self):
            return f"Parser({self.mark!r})"

        def __call__(self, text):
            return int(text)

        def method(self, text):
            return int(text)

        @staticmethod
        def static(text):
            return int(text)

        @classmethod
        def of_class(cls, text):
            return int(text)

    def load(record, *, strict=False):
        if record.number == 7:
            raise Refused("no")

    def total(record):
        return record["this"]

    def scaled(factor, text, *, base=10):
        return factor * int(text, base)

    def segfault(path):
        faulthandler._sigsegv()

    def leaves(code):
        os._exit(code)

    def stuck(number):
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    def unsendable(number):
        return threading.Lock()

    def prepare(rates, *, base):
        globals()["RATES"] = {**rates, "base": base}

    def rated(name):
        return RATES[name]

    def in_place(name):
        return open(name).read() + sys.argv[5]

    CASES = {
        "dataclass": (load, Record(7, Level.LOW)),
        "dict": (total, {"id": 4711, "text": "a word " * 20}),
        "partial": (partial(scaled, 3, base=8), "x"),
        "callable": (Parser(","), "x"),
        "method": (Parser(",").method, "x"),
        "static": (Parser.static, "x"),
        "class": (Parser.of_class, "x"),
        "segfault": (segfault, "/data/x"),
        "exit": (leaves, 7),
        "stuck": (stuck, 1),
        "unsendable": (unsendable, 1),
        "shared": (total, {"a": partial(scaled, 3)}),
        "place": (in_place, "data.txt"),
        "initializer": (rated, "c"),
    }

    if __name__ == "__main__":
        target, item = CASES[sys.argv[1]]
        begin = (partial(prepare, base=1), [{"a": 2}]) if item == "c" else ()
        with multiprocessing.get_context("fork").Pool(1, *begin) as pool:
            pool.map(target, [item])
"""
FIXED = {
    "dataclass": ('raise Refused("no")', "return"),
    "dict": ('record["this"]', 'record["id"]'),
    "segfault": ("faulthandler._sigsegv()", "pass"),
    "unsendable": ("return threading.Lock()", "return number"),
}
HERE = {
    "dataclass": (
        "script.load(script.Record(number=7, level=script.Level.LOW))",
        "raises=script.Refused",
    ),
    "dict": ("script.total(record)", "raises=KeyError"),
    "partial": ('script.scaled(3, "x", base=8)', "raises=ValueError"),
    "callable": ('script.Parser(",")("x")', "raises=ValueError"),
    "method": ('script.Parser(",").method("x")', "raises=ValueError"),
    "static": ('script.Parser.static("x")', "raises=ValueError"),
    "class": ('script.Parser.of_class("x")', "raises=ValueError"),
    "segfault": ("assert exit_code != -signal.SIGSEGV", "raises=AssertionError"),
    "exit": ("assert exit_code != 7", "raises=AssertionError"),
    "unsendable": ("ForkingPickler.dumps(script.unsendable(1))", "raises=TypeError"),
    "shared": ("args, kwargs = pickle.loads(path.read_bytes())", "raises=KeyError"),
    "initializer": ('script.prepare({"a": 2}, base=1)\n    script.rated("c")', "raises=KeyError"),
    "place": ("monkeypatch.chdir(Path(__file__).resolve().parents[1])", "raises=IndexError"),
}


def _rare(name: str) -> object:
    """Leave all but one to .ci/run."""
    return pytest.param(name, marks=[] if name == "dataclass" else [pytest.mark.wide])


def _written(project: Path, file: str = "tests/test_regression.py", *more: str) -> str:
    """Make the only fault of *project* a test of *file*, and return what was said."""
    done = command("replay", "--as-test", file, *more, store=project, folder=project)
    assert done.exit_code == 0, done.stderr
    return done.stderr


def _pytest(project: Path, *options: str) -> str:
    environ = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    line = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(
        [*line, *options],
        cwd=project,
        env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


def _lint(project: Path) -> None:
    """Check that linter and formatter have nothing to say, with the defaults and with ours."""
    pytest.importorskip("ruff")
    ours = f"--config={Path(__file__).parents[2] / 'pyproject.toml'}"
    for settings in ("--isolated", ours):
        for act in (["check", "-q"], ["format", "--check", "-q"]):
            line = [sys.executable, "-m", "ruff", *act, settings, "tests"]
            done = subprocess.run(
                line, cwd=project, capture_output=True, text=True, timeout=60, check=False
            )
            assert (done.stdout + done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("name", [_rare(name) for name in HERE])
def test_it_fails_as_the_fault_did_until_the_bug_is_fixed(name: str, tmp_path: Path) -> None:
    """The test is xfailed now and passes linters; with the bug fixed it is red, by strictness."""
    (tmp_path / "data.txt").write_text("a", "utf-8")
    record(tmp_path, name, "1", "2", "3", source=PROGRAM)
    assert "turns red once the bug is fixed" in " ".join(_written(tmp_path).split())
    text = (tmp_path / "tests/test_regression.py").read_text("utf-8")
    for words in HERE[name]:
        assert words in text
    _lint(tmp_path)
    assert "1 xfailed" in _pytest(tmp_path)
    if name in FIXED:
        script = tmp_path / "script.py"
        script.write_text(script.read_text("utf-8").replace(*FIXED[name]), "utf-8")
        assert "[XPASS(strict)]" in _pytest(tmp_path)


MODULE = """
    def load(text):
        return int(text)
"""
MAIN = """
    import multiprocessing
    from shop.prices import load

    def parse(text):
        return {}[text]

    if __name__ == "__main__":
        with multiprocessing.get_context("fork").Pool(1) as pool:
            try:
                pool.map(load, ["x"])
            except ValueError:
                pool.map(parse, ["y"])
"""
THERE = '''"""Tests that were there."""

import pytest
from shop import prices


def test_load_value_error():
    with pytest.raises(ValueError):
        prices.load("z")
'''


@pytest.mark.wide
def test_it_comes_into_a_file_that_is_there(tmp_path: Path) -> None:
    """What pytest finds by itself is imported plainly; no line that was there is touched."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    (tmp_path / "shop/prices.py").write_text(textwrap.dedent(MODULE), "utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (tmp_path / "tests").mkdir()
    file = tmp_path / "tests/test_there.py"
    file.write_text(THERE, "utf-8")
    file.chmod(0o640)
    record(tmp_path, source=MAIN)
    run = str(command("ls", "--json", store=tmp_path, folder=tmp_path).stdout)
    for fault in sorted(one["id"] for one in json.loads(run)["faults"]):
        _written(tmp_path, "tests/test_there.py", fault)
    text = file.read_text("utf-8")
    left = iter(text.splitlines())
    assert all(line in left for line in THERE.splitlines())
    assert "def test_load_value_error_2() -> None:" in text
    assert "from script import parse" in text
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in file.parent.iterdir()) == ["test_there.py"]
    assert "1 passed, 2 xfailed" in _pytest(tmp_path)


REFUSED = """
    import multiprocessing, sys
    from functools import partial

    class Odd:
        def __call__(self, number):
            raise ValueError(number)

    def target(number, more=None):
        raise ValueError(number)

    if __name__ == "__main__" or sys.argv[1:] == ["unguarded"]:
        function = Odd() if sys.argv[1] == "odd" else target
        with multiprocessing.get_context("fork").Pool(1) as pool:
            pool.map(function, [1])
"""


@pytest.mark.wide
@pytest.mark.parametrize(
    ("name", "file", "why"),
    [
        ("odd", "tests/test_it.py", "a Odd does not show how to make one"),
        ("unguarded", "tests/test_it.py", "it starts processes: put that below"),
        ("plain", "tests/notes.txt", "tests/notes.txt is no Python file"),
        ("plain", "broken.py", "broken.py cannot be added to"),
    ],
)
def test_what_cannot_be_a_test_is_refused(name: str, file: str, why: str, tmp_path: Path) -> None:
    """The reason is said, and nothing is left behind."""
    (tmp_path / "broken.py").write_text("def (", "utf-8")
    record(tmp_path, name, source=REFUSED)
    done = command("replay", "--as-test", file, store=tmp_path, folder=tmp_path)
    assert done.exit_code == 2
    assert why in " ".join(done.stderr.split())
    assert (tmp_path / "broken.py").read_text("utf-8") == "def ("
    assert not list(tmp_path.glob("tests/*"))


@pytest.mark.wide
def test_a_fault_that_does_not_come_back_is_no_test(tmp_path: Path) -> None:
    """With the bug fixed before, nothing is written."""
    record(tmp_path, "dict", source=PROGRAM)
    script = tmp_path / "script.py"
    script.write_text(script.read_text("utf-8").replace(*FIXED["dict"]), "utf-8")
    done = command("replay", "--as-test", "test_it.py", store=tmp_path, folder=tmp_path)
    assert done.exit_code == 1
    assert not (tmp_path / "test_it.py").exists()
