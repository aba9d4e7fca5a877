"""What `@guard` costs a task that passes."""

from __future__ import annotations

import functools
from collections.abc import Callable

from interleaved import extra, finish, measure, row

import mpdiag

CALLS = 500_000


def bare(x: int) -> int:
    return x + 1


@mpdiag.guard
def guarded(x: int) -> int:
    return x + 1


@functools.wraps(bare)
def wrapped(*args: int, **kwargs: int) -> int:
    try:
        return bare(*args, **kwargs)
    except BaseException:  # noqa: TRY203  what is measured
        raise


def loop(function: Callable[[int], int]) -> Callable[[], None]:
    def run() -> None:
        for x in range(CALLS):
            function(x)

    return run


def main() -> None:
    seconds = measure({"bare": loop(bare), "guarded": loop(guarded), "wrapped": loop(wrapped)})
    ours = extra(seconds, "guarded", "bare", each=CALLS * 1e-9)
    least = extra(seconds, "wrapped", "bare", each=CALLS * 1e-9)
    finish(
        "guard_pass",
        [
            row("`@guard` on a passing task", ours, "ns", gate=300, goal=150, peer="a bare call"),
            row("the least that any such decorator costs", least, "ns", peer="a bare call"),
        ],
    )


if __name__ == "__main__":
    main()
