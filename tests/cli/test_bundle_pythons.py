"""A bundle that one Python wrote opens on every other."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

import mpdiag

# By the face of the store: an interpreter without the packages of the commands can do it, too.
EXPORT = """
import sys
from pathlib import Path
from mpdiag.codec import Mask
from mpdiag.store import Store, Wanted, write_bundle
from store.samples import failure, fault, run_of
store = Store.open(Path("from"))
first = failure(encoded=b"\\x80\\x04\\x8c\\x05gr\\xc3\\xbcn\\x94.", message="gr\\xfcn \\ud800")
store.save(run_of("k7f2", fault("k7f2", 1, first)))
found = store.fault("k7f2.1")
with open("fault.mpdiag", "wb") as file:
    print(write_bundle(file, found.fault, found.run, (), Wanted(mask=Mask())).counts["pickle"])
"""
IMPORT = """
import sys
from pathlib import Path
from mpdiag.reports import render_fault
from mpdiag.store import Store, read_bundle
with open("fault.mpdiag", "rb") as file:
    bundle = read_bundle(file, "fault.mpdiag")
store = Store.open(Path("to" + sys.version[:4]))
taken = store.take_in(bundle)
found = store.fault(taken.id)
print(taken.id, taken.known, found.own, found.fault.first.inputs.encoded)
print(*[line for line in render_fault(found.fault, found.run) if "imported" not in line], sep="\\n")
"""


def pythons() -> list[str]:
    """Return the interpreters from 3.10 on that this machine has."""
    given = os.environ.get("MPDIAG_PYTHONS")
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = given.split(os.pathsep) if given else map(str, root.glob("versions/3.1*/bin/python"))
    return sorted(found)


def run(python: str, code: str, folder: Path) -> list[str]:
    """Return what *code* printed on another Python, with this mpdiag."""
    places = [Path(mpdiag.__file__).parents[1], Path(__file__).parents[1]]
    places.append(Path(sysconfig.get_path("purelib")))
    environ = {"PYTHONPATH": os.pathsep.join(map(str, places)), "XDG_STATE_HOME": str(folder)}
    environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8:backslashreplace"}
    done = subprocess.run(
        [python, "-c", code],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.mark.wide
@pytest.mark.programs
@pytest.mark.parametrize("python", pythons() or [pytest.param("", marks=pytest.mark.skip)])
def test_it_opens_on_every_other(python: str, tmp_path: Path) -> None:
    """Bytes, text and ID are the same everywhere, and nothing of it counts as recorded there."""
    # Of the packages that this Python's versions need; no settings are read here.
    (tmp_path / "tomli.py").write_text("class TOMLDecodeError(ValueError): pass\n", "utf-8")
    assert run(python, EXPORT, tmp_path) == ["1"]
    shown = {other: run(other, IMPORT, tmp_path) for other in pythons()}
    assert len({tuple(lines) for lines in shown.values()}) == 1
    head, *lines = shown[python]
    assert head == r"k7f2.1 False False b'\x80\x04\x8c\x05gr\xc3\xbcn\x94.'"
    assert any("KeyError: gr\xfcn \\ud800" in line for line in lines)
