"""The recorder file: nothing in it lies on anything else."""

from __future__ import annotations

from itertools import pairwise

from mpdiag.recorder import Word
from mpdiag.recorder import _layout as layout


def test_words_and_texts_have_places_of_their_own() -> None:
    """A new word that reached into a text would be written with that."""
    words = [number for name, number in vars(Word).items() if name.isupper()]
    assert len(words) == len(set(words))
    text = 2 + layout.TEXT_BYTES
    places = [
        (0, 8 * (max(words) + 1)),
        (layout.PLACE_AT, 2 + layout.PLACE_BYTES),
        (layout.TARGET_AT, text),
        (layout.NAME_AT, text),
        (layout.COUNTERS_AT, layout.COUNTERS * layout.COUNTER_WORDS * 8),
        (layout.PASSES_AT, layout.PASSES * 2 * 8),
        (layout.RING_AT, layout.RING * 3 * 8),
        (layout.STDOUT_AT, layout.TAIL_BYTES),
        (layout.STDERR_AT, layout.TAIL_BYTES),
        (layout.PAYLOAD_AT, layout.PAYLOAD_BYTES),
        (layout.FILE_BYTES, 0),
    ]
    for (begin, size), (after, _) in pairwise(places):
        assert begin + size <= after
