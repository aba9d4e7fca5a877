"""The decorator on each kind of callable: same behaviour, and its inputs told when it fails."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import pickle
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from typing import Any

import pytest

from mpdiag import guard
from mpdiag.worker import use_channel

Told = list[dict[str, Any]]


@pytest.fixture
def told() -> Iterator[Told]:
    """The failures that were sent, as they came."""
    heard: Told = []

    def hear(line: bytes) -> bool:
        heard.append(json.loads(line))
        return True

    use_channel(hear)
    yield heard
    use_channel(None)


class Reader:
    """One method of each kind, the decorator above or below the library's own."""

    @guard
    def method(self, key: str) -> str:
        return {"a": "b"}[key]

    @guard
    @classmethod
    def above_class(cls, key: str) -> str:
        return {"a": "b"}[key]

    @classmethod
    @guard
    def below_class(cls, key: str) -> str:
        return {"a": "b"}[key]

    @guard
    @staticmethod
    def above_static(key: str) -> str:
        return {"a": "b"}[key]


@guard
def plain(key: str) -> str:
    """Say what *key* stands for."""
    return {"a": "b"}[key]


@guard
async def coroutine(key: str) -> str:
    """Say the same later."""
    await asyncio.sleep(0)
    return {"a": "b"}[key]


part = guard(functools.partial(lambda table, key: table[key], {"a": "b"}))
KINDS: dict[str, Callable[..., str]] = {
    "function": plain,
    "method": Reader().method,
    "classmethod above": Reader.above_class,
    "classmethod below": Reader.below_class,
    "staticmethod": Reader.above_static,
    "partial": part,
    "coroutine": lambda key: asyncio.run(coroutine(key)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_returns_what_it_did_and_tells_its_inputs(kind: str, told: Told) -> None:
    """A good call is untouched; a failing one raises the same error, once told."""
    assert KINDS[kind]("a") == "b"
    assert not told
    with pytest.raises(KeyError, match="that"):
        KINDS[kind]("that")
    assert [one["inputs"]["values"]["key"]["text"] for one in told] == ["'that'"]


def test_a_generator_keeps_send_throw_and_return(told: Told) -> None:
    """What is sent in arrives, and what it returns comes out."""

    @guard
    def echo(first: int) -> Generator[int, int, str]:
        try:
            got = yield first
        except ValueError:
            got = yield -1
        yield got
        return "end"

    steps = echo(1)
    assert [next(steps), steps.send(7)] == [1, 7]
    with pytest.raises(StopIteration, match="end"):
        next(steps)
    thrown = echo(1)
    assert [next(thrown), thrown.throw(ValueError("x")), thrown.send(5)] == [1, -1, 5]
    assert not told


def test_an_async_generator_keeps_asend_athrow_and_aclose(told: Told) -> None:
    """As for the other kind; and it is closed with the one who reads it."""
    closed = []

    @guard
    async def echo(first: int) -> AsyncGenerator[int, int]:
        got = first
        try:
            while True:
                try:
                    got = yield got
                except ValueError:
                    got = -1
                if got == 13:
                    raise LookupError(got)
        finally:
            closed.append(first)

    async def drive() -> list[int]:
        steps = echo(1)
        seen = [await steps.__anext__(), await steps.asend(7)]
        seen.append(await steps.athrow(ValueError("x")))
        await steps.aclose()
        failing = echo(2)
        seen.append(await failing.__anext__())
        with pytest.raises(LookupError, match="13"):
            await failing.asend(13)
        return seen

    assert asyncio.run(drive()) == [1, 7, -1, 2]
    assert closed == [1, 2]
    assert [one["inputs"]["values"]["first"]["text"] for one in told] == ["2"]


def test_it_looks_as_before(told: Told) -> None:
    """Name, text, signature, and the way through pickle are those of the function."""
    assert (plain.__name__, plain.__doc__) == ("plain", "Say what *key* stands for.")
    assert list(inspect.signature(plain).parameters) == ["key"]
    assert inspect.iscoroutinefunction(coroutine)
    assert pickle.loads(pickle.dumps(plain)) is plain
    assert not told
