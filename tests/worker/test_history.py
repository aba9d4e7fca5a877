"""A worker keeps the messages that it has worked through, within bounds, and they outlive it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mpdiag.recorder import Kind, PastMessage, PastMessages, Word, past_messages
from mpdiag.worker import Worked, WorkerState, packed_history

MIB = 1 << 20


def kept(folder: Path, messages: list[tuple[bytes, int, bool]]) -> Path:
    """Keep *messages*; return the recorder beside which they lie."""
    path = folder / "1.rec"
    past = PastMessages(str(path))
    for raw, ran, is_chunk in messages:
        past.keep(raw, ran, is_chunk)
    return path


def test_messages_come_back_in_their_order(tmp_path: Path) -> None:
    """What was worked through is read as it came, with how many of its tasks ran."""
    path = kept(tmp_path, [(b"first", 1, False), (b"second", 3, True)])
    found = [(one.raw, one.ran, one.is_chunk) for one in past_messages(path)]
    assert found == [(b"first", 1, False), (b"second", 3, True)]


def test_the_oldest_messages_go_first(tmp_path: Path) -> None:
    """More messages than the file has entries leave the last of them."""
    path = kept(tmp_path, [(str(number).encode(), 1, False) for number in range(3000)])
    found = [one.raw for one in past_messages(path)]
    assert found == [str(number).encode() for number in range(3000 - 1024, 3000)]


def test_no_message_is_read_that_was_written_over(tmp_path: Path) -> None:
    """Messages that fill the room several times leave whole ones only, and the newest of them."""
    path = kept(tmp_path, [(bytes([number]) * 300_000, 1, False) for number in range(20)])
    found = [one.raw for one in past_messages(path)]
    assert found == [bytes([number]) * 300_000 for number in (17, 18, 19)]
    assert path.with_suffix(".past").stat().st_size < MIB + (1 << 15)


def test_a_message_that_is_too_large_leaves_its_place(tmp_path: Path) -> None:
    """A message above the room is counted, and empty."""
    path = kept(tmp_path, [(b"small", 1, False), (b"x" * (MIB + 1), 9, True), (b"last", 1, False)])
    found = [(one.raw, one.ran) for one in past_messages(path)]
    assert found == [(b"small", 1), (b"", 9), (b"last", 1)]


def test_nothing_is_kept_without_a_file(tmp_path: Path) -> None:
    """Without a folder, or without room in it, a worker goes on without a history."""
    PastMessages("").keep(b"x", 1, False)
    past = PastMessages(str(tmp_path / "not there" / "1.rec"))
    past.keep(b"x", 1, False)
    past.keep(b"y", 1, False)
    assert past_messages(tmp_path / "not there" / "1.rec") == []


def test_a_place_that_is_nearly_full_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where little room is left, the history is not what takes it."""
    monkeypatch.setattr("mpdiag.recorder._messages.LEFT_FREE", 1 << 60)
    path = kept(tmp_path, [(b"first", 1, False), (b"second", 1, False)])
    assert past_messages(path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_ends_in_peace_leaves_no_history(tmp_path: Path) -> None:
    """Nobody asks for it any more: its room is given back, and nothing more is kept."""
    past = PastMessages(str(tmp_path / "1.rec"))
    past.remove()
    past.keep(b"x", 1, False)
    assert list(tmp_path.iterdir()) == []
    past = PastMessages(str(tmp_path / "2.rec"))
    past.keep(b"x", 1, False)
    past.remove()
    past.keep(b"y", 1, False)
    assert list(tmp_path.iterdir()) == []


def test_a_packed_history_gives_its_messages_back(tmp_path: Path) -> None:
    """What is stored of a history holds its messages whole, and says how many tasks they had."""
    path = kept(tmp_path, [(b"first", 1, False), (b"", 2, True), (b"second", 3, True)])
    history = packed_history(past_messages(path), tasks=70)
    assert history.messages() == (b"first", b"", b"second")
    assert (history.tasks, history.kept) == (70, 4)


def test_a_history_that_was_tampered_with_is_refused() -> None:
    """Parts that do not fit the bytes, and bytes that are no history, are named errors."""
    history = packed_history([PastMessage(b"first", 1, False)], tasks=1)
    for bad in (
        replace(history, packed=b"nonsense"),
        replace(history, parts=history.parts * 2),
        replace(history, parts=()),
    ):
        with pytest.raises(ValueError, match="a history"):
            bad.messages()


def test_the_last_of_a_frame_that_others_ran_is_not_what_came_before() -> None:
    """Only a frame that was run to its end says which task its worker ran before the next."""
    state = WorkerState(kind=Kind.POOL)
    state.words[Word.SIZE] = 3
    worked = Worked(state)
    for raw, ran, before in [(b"first", 3, None), (b"second", 2, b"first"), (b"third", 3, None)]:
        worked.begin(raw)
        assert state.before == before
        worked.done(ran, [])
