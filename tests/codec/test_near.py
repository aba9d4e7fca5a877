"""Which key or name is near, and in what it differs."""

from __future__ import annotations

import time

import pytest

from mpdiag.codec import near


@pytest.mark.parametrize(
    ("key", "other", "how"),
    [
        ("That", "that", "other case"),
        ("that ", "that", "other white space"),
        ("unit price", "unit\tprice", "other white space"),
        ("1", 1, "int, not str"),
        (1, "1", "str, not int"),
        ("that", b"that", "bytes, not str"),
        (b"that", "that", "str, not bytes"),
        ("None", None, "NoneType, not str"),
        ("taht", "that", "1 edit away"),
        ("adress", "address", "1 edit away"),
        ("custmer_di", "customer_id", "2 edits away"),
    ],
)
def test_a_near_key_is_named(key: object, other: object, how: str) -> None:
    """Case, white space, type and one or two edits are what people get wrong."""
    assert near(key, ("x", other)) == (other, how)


@pytest.mark.parametrize(
    ("key", "other"),
    [("that", "this"), ("ab", "ac"), (1, 2), ("a", "b" * 99), ((1,), "(1,)"), ("x", "x")],
)
def test_another_word_is_not_near(key: object, other: object) -> None:
    """Two edits make a short word another word; and the same is no other."""
    assert near(key, (other,)) is None


def test_the_nearest_is_taken() -> None:
    """One edit is nearer than two, wherever it stands."""
    assert near("customer", ("customs", "customr", "customer ")) == (
        "customer ",
        "other white space",
    )
    assert near("customer", ("custome", "customerxx")) == ("custome", "1 edit away")


def test_many_long_keys_do_not_take_long() -> None:
    """Letters are compared for the first thousands alone."""
    start = time.process_time()
    assert near("a" * 79 + "x", [f"{number:079}" for number in range(100_000)]) is None
    assert time.process_time() - start < 20
