"""The files of a program are found and read without an import of any."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.check import asked_for, read_program, troubles_in
from mpdiag.errors import NoSuchModule, NotPython, ProgramUnreadable

BOMB = "raise SystemExit('imported')\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: dict[str, str]) -> None:
    """Write *files*, by their paths."""
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def files(kind: str, name: str) -> list[str]:
    """Return the files that are read for a program."""
    return sorted(one.file for one in read_program(kind, name, [str(Path.cwd())]))


def test_a_script_is_read_with_its_own_modules() -> None:
    """Also those that they import; not the standard library, nor what is not there."""
    write({
        "job.py": "import json, tools, missing\nfrom parts import one\n",
        "tools.py": "from parts.two import f\n" + BOMB,
        "parts/__init__.py": BOMB,
        "parts/one.py": "from . import two\n" + BOMB,
        "parts/two.py": "import job\n" + BOMB,
        "other.py": BOMB,
    })  # fmt: skip
    expected = ["job.py", "parts/__init__.py", "parts/one.py", "parts/two.py", "tools.py"]
    assert files("script", "job.py") == expected


def test_a_module_is_read_in_its_package() -> None:
    """With relative imports; its name leads to its file."""
    write({
        "pk/__init__.py": BOMB,
        "pk/job.py": "from .deep import work\nfrom ..no import where\n",
        "pk/deep/__init__.py": "",
        "pk/deep/work.py": "from ..side import g\n",
        "pk/side.py": "",
    })  # fmt: skip
    expected = ["pk/deep/__init__.py", "pk/deep/work.py", "pk/job.py", "pk/side.py"]
    assert files("module", "pk.job") == expected


def test_a_package_is_read_by_its_main() -> None:
    """No worker imports a ``__main__``: it needs no guard, and a target in it is not found."""
    text = "import multiprocessing\ndef task(x): pass\nmultiprocessing.Pool().map(task, [1])\n"
    write({"pk/__init__.py": "", "pk/__main__.py": text})
    for kind, name in (("module", "pk"), ("folder", "pk")):
        (trouble,) = troubles_in(read_program(kind, name, [str(Path.cwd())]))
        assert (trouble.hint, trouble.line) == ("defined-after-the-pool", 3)
        assert trouble.file == "pk/__main__.py"


def test_code_of_the_command_line_is_read() -> None:
    """It has no file."""
    assert files("code", "print(1)") == ["<string>"]


def test_a_module_of_the_program_is_no_main() -> None:
    """A pool at its top is named where it stands; what does not parse is left to the run."""
    write({
        "job.py": "import pools, broken\nif __name__ == '__main__':\n    print(pools.pool)\n",
        "pools.py": "import multiprocessing\npool = multiprocessing.Pool()\n",
        "broken.py": "def f(:\n",
    })  # fmt: skip
    (trouble,) = troubles_in(read_program("script", "job.py", []))
    assert (trouble.hint, trouble.file, trouble.line) == ("pool-of-module", "pools.py", 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x = 1\ndef f(:\n", "job.py:2 is not valid in Python"),
        (b"x = '\xff'\n", "job.py is not valid in Python"),
        (b"x = 1\0\n", "job.py.* is not valid in Python"),
        (b"# coding: klingon\n", "unknown encoding"),
    ],
)
def test_what_is_no_python_is_one_message(content: bytes, words: str) -> None:
    """It names the line, where there is one."""
    Path("job.py").write_bytes(content)
    with pytest.raises(NotPython, match=words):
        read_program("script", "job.py", [])


@pytest.mark.parametrize("name", ["nothing", "pk", "pk.nothing", "..", "a..b"])
def test_a_module_that_is_not_there_is_one_message(name: str) -> None:
    """Also a package without ``__main__``."""
    write({"pk/__init__.py": ""})
    with pytest.raises(NoSuchModule, match="there is no module"):
        read_program("module", name, [str(Path.cwd())])


def test_a_file_that_is_closed_is_one_message() -> None:
    """It says why."""
    write({"job.py": ""})

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mpdiag.check._files.open_source", refuse)
        with pytest.raises(ProgramUnreadable, match="Permission denied"):
            read_program("script", "job.py", [])


def test_compiled_and_packed_programs_have_no_source() -> None:
    """They can be run, and are not read."""
    write({"job.pyc": "", "job.zip": ""})
    assert files("script", "job.pyc") == files("script", "job.zip") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("multiprocessing.set_start_method('fork')", "fork (job.py:2)"),
        ("context = multiprocessing.get_context('spawn')", "spawn (job.py:2)"),
        ("multiprocessing.get_context(name)", ""),
    ],
)
def test_the_start_method_that_it_names_is_told(line: str, expected: str) -> None:
    """With its place; one that is computed is not known."""
    write({"job.py": f"import multiprocessing\n{line}\n"})
    assert asked_for(read_program("script", "job.py", [])) == expected
