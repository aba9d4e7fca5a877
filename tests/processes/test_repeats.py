"""What often fails in one way is counted, not captured."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mpdiag.testing import run_program
from mpdiag.worker import guard
from mpdiag.worker._repeats import recognise

pytestmark = pytest.mark.processes


def failed(deed: object, *args: object) -> BaseException:
    """Return what *deed* raises."""
    try:
        deed(*args)  # type: ignore[operator]
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def look_up(key: object) -> object:
    """Fail."""
    nothing: dict[object, object] = {}
    return nothing[key]


def look_up_elsewhere(key: object) -> object:
    """Fail as well."""
    nothing: dict[object, object] = {}
    return nothing[key]


def test_the_same_way_through_the_code_is_recognised() -> None:
    """Type, instructions and missing key make the signature; the object found is the same."""
    first = recognise(failed(look_up, "that"))
    assert recognise(failed(look_up, "that")) is first
    others = [(look_up, "this"), (look_up, 1), (look_up, (1, 2)), (look_up_elsewhere, "that")]
    marks = {recognise(failed(*way)).mark for way in others}
    assert len(marks | {first.mark}) == 5


def test_a_forked_child_counts_afresh() -> None:
    """What the parent has met is no repeat in a child: it has sent nothing yet."""
    known = recognise(failed(look_up, "that"))
    assert known.counted(None, 0, 0) < known.counted(None, 0, 0)
    child = os.fork()
    if child == 0:
        fresh = recognise(failed(look_up, "that"))
        os._exit(fresh.counted(None, 0, 0) + (100 if fresh.mark != known.mark else 0))
    assert os.waitpid(child, 0)[1] == 0


def test_every_caller_gets_a_note_and_all_are_counted(tmp_path: Path) -> None:
    """3,000 failures of one kind: all counted, the first and a sample kept, each with its note."""
    script = """
    import json, multiprocessing

    def parse(record):
        return record["that"]

    if __name__ == "__main__":
        notes = set()
        with multiprocessing.Pool(2) as pool:
            asked = [pool.apply_async(parse, ({"id": i},)) for i in range(3000)]
            for one in asked:
                try:
                    one.get(30)
                except KeyError as error:
                    notes |= set(error.__notes__)
        print(json.dumps(sorted(notes)))
"""
    done = run_program(script, folder=tmp_path)
    notes = json.loads(done.stdout)
    assert len(notes) == 3000
    assert done.fault["count"] == 3000
    assert any("record = {'id': 0}" in note for note in notes)
    assert sum("record = " in note for note in notes) < 1500
    assert done.fault["inputs"]["record"].startswith("{'id': ")


def test_a_repeat_has_the_frames_of_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """An occurrence of the sample comes with its trace, without locals, and with its inputs."""
    from mpdiag.worker import _capture, _outbox

    sent: list[dict[str, object]] = []

    def post(envelope: dict[str, object]) -> bool:
        sent.append(envelope)
        return True

    monkeypatch.setattr(_outbox, "post", post)
    monkeypatch.setattr(_capture, "FIRST", 1)
    target = guard(look_up)
    for key in ("first", "first"):
        failed(target, key)
    (first, second) = [envelope["error"] for envelope in sent]
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert [frame["line"] for frame in second["trace"]] == [f["line"] for f in first["trace"]]
    assert first["trace"][-1]["locals"]
    assert not second["trace"][-1]["locals"]
    assert sent[1]["inputs"]["values"]["key"]["text"] == "'first'"  # type: ignore[index]
