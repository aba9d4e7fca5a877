"""A broken executor fails all that is pending, whatever the caller does meanwhile."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace

from mpdiag.patches._executor import _despite_cancelled


def test_a_future_that_is_cancelled_meanwhile_keeps_no_other_from_its_error() -> None:
    """The library of 3.10 and 3.11 trips over it, and leaves its workers alive."""
    futures: list[Future[None]] = [Future() for _ in range(4)]
    pending = {number: SimpleNamespace(future=future) for number, future in enumerate(futures)}
    ended = []

    def fail() -> None:
        for number, item in pending.items():
            if number == 1:
                item.future.cancel()
            item.future.set_exception(ValueError(number))
        ended.append(True)

    _despite_cancelled(fail, pending)
    assert ended == [True]
    assert futures[1].cancelled()
    assert [str(future.exception(0)) for future in (futures[0], *futures[2:])] == ["0", "2", "3"]
