"""IDs of runs are new, short and unlike numbers and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.errors import NoSuchFault
from mpdiag.store import Reference, Store, new_run_id, parse_reference
from mpdiag.store._ids import draw

from .samples import simple_run


class AllShort:
    """Every ID of four characters."""

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and len(text) == 4


def test_an_id_is_neither_a_number_nor_a_word() -> None:
    """Each of a thousand has four characters, a digit and a letter, and none that look alike."""
    drawn = {draw(()) for _ in range(1000)}
    assert len(drawn) > 990
    for text in drawn:
        assert len(text) == 4
        assert not text.isdigit()
        assert not text.isalpha()
        assert not set(text) & set("ilou")
        assert parse_reference(text) == Reference(run=text)


def test_ids_grow_when_the_short_ones_are_used_up() -> None:
    """A store never runs out of IDs."""
    assert len(draw(AllShort())) == 5


def test_a_used_id_is_not_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ID in the store, pruned or not, is passed over."""
    store = Store.open(folder)
    for name in ("a1a1", "b2b2"):
        store.save(simple_run(name))
    store.prune(keep=1)
    letters = iter("a1a1b2b2c3c3")
    monkeypatch.setattr("mpdiag.store._ids.secrets.choice", lambda _: next(letters))
    assert new_run_id(folder) == "c3c3"


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100])
def test_an_id_is_given_without_a_store(folder: Path, content: bytes | None) -> None:
    """A missing, empty or damaged store does not keep a run from starting."""
    if content is not None:
        folder.mkdir()
        (folder / "mpdiag.sqlite3").write_bytes(content)
    assert len(new_run_id(folder)) == 4


@pytest.mark.parametrize(
    "text", ["k7f2.", ".1", "k7f2.1#", "#1", "k7f", "k7f2.1.1", "-1", "k7f2 1"]
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """A text without the form of an ID is answered with the form."""
    with pytest.raises(NoSuchFault, match="IDs look like"):
        parse_reference(text)
