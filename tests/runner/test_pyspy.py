"""Stacks with locals by py-spy, where it is there and may: told with fakes of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mpdiag.codec import Mask
from mpdiag.model import Moment, ProcessMoment, ThreadMoment
from mpdiag.reports import stack_lines
from mpdiag.runner import _pyspy, with_locals

MOMENT = Moment(
    at=1.0,
    processes=(
        ProcessMoment(
            pid=7,
            parent=1,
            role="python",
            no_stack="not armed",
            threads=(ThreadMoment(tid=7, main=True),),
        ),
        ProcessMoment(pid=8, parent=7, role="other", command="sleep 1"),
    ),
)


def frame(name: str, file: str, **values: str) -> dict[str, object]:
    """Return a frame as py-spy tells it."""
    told = [{"name": one, "repr": value, "arg": True} for one, value in values.items()]
    return {"name": name, "filename": file, "line": 3, "locals": told}


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have *code* run in place of py-spy."""
    tool = folder / "py-spy"
    tool.write_text(f"#!{sys.executable}\nimport sys\n{code}\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setattr(_pyspy, "_find", lambda: str(tool))


def test_locals_stand_below_their_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are masked; frames of the owner and of multiprocessing, and modules, are left out."""
    frames = [
        frame("fetch", "/srv/job.py", url="'https://a.b'", password="'x'", re="<module at 1>"),
        frame("BaseProcess.run", "/lib/python3.11/multiprocessing/process.py", self="<P>"),
        frame("<module>", "/srv/main.py"),
    ]
    said = json.dumps([{"os_thread_id": 7, "frames": frames}])
    fake(tmp_path, monkeypatch, f"assert '7' in sys.argv; print({said!r})")
    moment, why = with_locals(MOMENT, Mask())
    assert not why
    lines = [line.strip() for line in stack_lines(moment, "/srv")]
    assert lines[1:4] == [
        "job.py:3, in fetch",
        "url = 'https://a.b'",
        "password = <masked>",
    ]
    assert "not armed" not in lines[0]
    assert not any("multiprocessing" in line or "main.py" in line for line in lines)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sys.exit('Error: Permission Denied: try sudo')", "--cap-add SYS_PTRACE"),
        ("sys.exit('Error: no such process')", "py-spy: Error: no such process"),
        ("print('[')", "py-spy gave no answer for pid 7"),
    ],
)
def test_what_pyspy_cannot_do_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    """The stacks that are known without it stay."""
    fake(tmp_path, monkeypatch, code)
    moment, why = with_locals(MOMENT, Mask())
    assert moment == MOMENT
    assert words in why


def test_without_pyspy_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An optional extra is named; and a run that keeps no values shows none."""
    monkeypatch.setattr(_pyspy, "_find", lambda: None)
    assert with_locals(MOMENT, Mask()) == (
        MOMENT,
        "py-spy is not installed: pip install 'mpdiag[pyspy]'",
    )
    monkeypatch.setattr(_pyspy, "_find", lambda: "py-spy")
    assert with_locals(MOMENT, Mask(), values="none")[0] == MOMENT
