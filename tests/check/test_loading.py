"""A fresh interpreter loads what was sent: its errors, its death and its waits are answers."""

from __future__ import annotations

import base64
import json
import os
import pickle
import sys
from pathlib import Path

import pytest

from mpdiag.check import Crossing, Part, Refusal, load_all

pytestmark = pytest.mark.processes

PROGRAM = """
import os

class Dies:
    def __setstate__(self, state): os._exit(3)

class Raises:
    def __setstate__(self, state): raise KeyError("id")

class Fine:
    def __setstate__(self, state): print("never seen")

if __name__ == "__main__":
    class Below: pass
"""


def instance_of(name: str, module: str = "__main__") -> str:
    """Return the pickle of an object whose class only the program has."""
    made = type(name, (), {"__module__": module})
    main = sys.modules[module]
    before = vars(main).get(name)
    vars(main)[name] = made
    try:
        one = made()
        one.state = 1
        return base64.b64encode(pickle.dumps(one)).decode()
    finally:
        vars(main).pop(name) if before is None else vars(main).update({name: before})


def load(folder: Path, program: str, *raws: str) -> list[Refusal]:
    """Return what does not load of *raws* where *program* is the main module."""
    path = folder / "job.py"
    path.write_text(program)
    home = {
        "sys_path": [str(folder), *sys.path],
        "dir": str(folder),
        "init_main_from_path": str(path),
    }
    parts = tuple(Part(name=f"part {at}", raw=raw) for at, raw in enumerate(raws))
    one = Crossing(kind="task", label="", name="task", parts=parts, home=json.dumps(home))
    return load_all([one], os.environ)


def test_each_part_has_its_own_answer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One that raises, or ends the interpreter, leaves those behind it to be loaded."""
    names = ("Fine", "Raises", "Dies", "Below", "Fine")
    found = load(tmp_path, PROGRAM, *map(instance_of, names))
    assert [(one.part.name, one.error[0], one.died) for one in found if one.part] == [
        ("part 1", "KeyError", False),
        ("part 2", "", True),
        ("part 3", "AttributeError", False),
    ]
    assert found[1].error[1] == "loading it ended in exit code 3"
    assert capfd.readouterr() == ("", "")


def test_one_that_waits_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the interpreter, at its deadline; what stands behind it has another."""
    answers = iter([["import", "load 0"], ["import", "load 1", "done"]])

    def ask(code: str, *_: object, **__: object) -> tuple[int, bool]:
        steps = [line.partition(" ") for line in next(answers)]
        told = [{"step": step, **({"part": int(part)} if part else {})} for step, _, part in steps]
        folder = Path(code.partition("load_crossings('")[2].rpartition("'")[0])
        (folder / "answers.jsonl").write_text("\n".join(map(json.dumps, told)))
        return 0, told[-1]["step"] != "done"

    monkeypatch.setattr("mpdiag.check._loading.in_fresh_python", ask)
    (found,) = load(tmp_path, PROGRAM, instance_of("Fine"), instance_of("Fine"))
    assert found.part is not None
    assert (found.part.name, found.died) == ("part 0", True)
    assert found.error[1] == "loading it took more than 60 s"


def test_a_program_that_cannot_be_imported_is_one_answer(tmp_path: Path) -> None:
    """With the frames of its error; nothing is loaded then."""
    (found,) = load(tmp_path, "import sys\nsys.exit('no')\n", instance_of("Fine"))
    assert found.crossing is None
    assert found.error == ("SystemExit", "no")
    assert ("job.py", 2) in [(Path(file).name, line) for file, line, _ in found.frames]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_no_process_is_started_by_its_import(method: str, tmp_path: Path) -> None:
    """Whatever start method it asks for."""
    program = (
        "import multiprocessing\n"
        "def task(): open('ran', 'w').close()\n"
        f"multiprocessing.get_context({method!r}).Process(target=task).start()\n"
    )
    (found,) = load(tmp_path, program, instance_of("Fine"))
    assert found.error[0] == "RuntimeError"
    assert "An attempt has been made to start a new process" in found.error[1]
    assert not (tmp_path / "ran").exists()


def test_nothing_sent_starts_nothing() -> None:
    """Without a home there is no program to import."""
    assert load_all([Crossing(kind="task", label="", name="")], os.environ) == []
