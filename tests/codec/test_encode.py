"""Encoding keeps what can be pickled, and never raises."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpdiag.codec import encode


class Exits:
    def __reduce__(self) -> str:
        raise SystemExit(3)


class Interrupts:
    def __reduce__(self) -> str:
        raise KeyboardInterrupt


def test_a_plain_value_comes_back() -> None:
    """What pickle takes is pickled."""
    raw, encoding = encode({"a": [1]}, limit_bytes=100)
    assert encoding == "pickle"
    assert raw is not None
    assert pickle.loads(raw) == {"a": [1]}


def test_a_local_function_goes_by_cloudpickle() -> None:
    """What pickle refuses is tried with cloudpickle."""
    pytest.importorskip("cloudpickle")
    raw, encoding = encode(lambda: 7, limit_bytes=10_000)
    assert encoding == "cloudpickle"
    assert raw is not None
    copy = pickle.loads(raw)
    assert copy() == 7
    assert copy.__code__.co_filename == __file__  # tracebacks name it


def deep() -> object:
    """Return a list 100,000 levels deep."""
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize("value", [threading.Lock(), deep(), Exits()], ids=["lock", "deep", "exit"])
def test_the_rest_is_left_to_text(value: object) -> None:
    """A lock, a nest too deep and a class that ends the program while it is pickled."""
    assert encode(value, limit_bytes=10**9) == (None, "text")


def test_an_interrupt_is_passed_on() -> None:
    """Ctrl-C while a value is pickled is the user's, not ours to swallow."""
    with pytest.raises(KeyboardInterrupt):
        encode(Interrupts(), limit_bytes=100)


def test_without_cloudpickle_the_rest_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cloudpickle may be absent in the interpreter of the worker."""
    monkeypatch.delitem(sys.modules, "mpdiag.codec._cloud", raising=False)
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    assert encode(lambda: 7, limit_bytes=10_000) == (None, "text")


@given(st.binary(), st.integers(0, 100))
def test_the_limit_holds(value: bytes, limit: int) -> None:
    """Bytes above the limit are not kept, those up to it are."""
    size = len(pickle.dumps(value, 5))
    raw, encoding = encode(value, limit_bytes=limit)
    assert (raw is not None, encoding) == ((True, "pickle") if size <= limit else (False, "text"))


def test_what_is_too_large_is_never_built() -> None:
    """Pickling stops at the limit: an endless list of 100 kB items costs a few of them."""
    import tracemalloc

    value = [bytes(100_000) + str(index).encode() for index in range(300)]
    tracemalloc.start()
    try:
        assert encode(value, limit_bytes=10**6) == (None, "text")
        assert tracemalloc.get_traced_memory()[1] < 5 * 10**6
    finally:
        tracemalloc.stop()


def test_a_child_meets_the_standard_library_only() -> None:
    """Importing the codec loads no third-party module, and no cloudpickle."""
    code = (
        "import sys; before = set(sys.modules); import mpdiag.codec;"
        "print({n.partition('.')[0] for n in set(sys.modules) - before} - sys.stdlib_module_names)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'mpdiag'}"
