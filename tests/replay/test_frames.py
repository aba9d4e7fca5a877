"""Values and frames of a dead worker, rebuilt without running anything."""

from __future__ import annotations

import pytest

from mpdiag.model import Frame, Snapshot
from mpdiag.replay import traceback_of
from mpdiag.replay._stub import Placeholder, revived


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("{'a': [1, None]}", "dict", {"a": [1, None]}),
        ("b'x'", "bytes", b"x"),
        ("-1.5", "float", -1.5),
    ],
)
def test_a_literal_comes_back(text: str, kind: str, value: object) -> None:
    """A value of built-in types whose text is whole is there again."""
    assert revived(Snapshot(text=text, type=kind)) == value


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("[1, 2, ... 8 more]", "list", "cut"),
        ("[1, 2, ...]", "list", "cut"),
        ("<Price object: amount>", "Price", "kept as text"),
        ("7", "Level", "it was a Level"),
        ("", "dict", "not kept"),
        ("***", "str", "kept as text"),
    ],
)
def test_what_did_not_survive_says_why(text: str, kind: str, why: str) -> None:
    """A text that is no whole literal of its type is never taken for the value."""
    found = revived(Snapshot(text=text, type=kind))
    assert isinstance(found, Placeholder)
    assert why in repr(found)


def test_a_rebuilt_frame_is_a_real_one() -> None:
    """File, function, first line, line and locals of a rebuilt frame are the recorded ones."""
    frame = Frame(
        file="/not/here.py",
        line=12,
        function="parse",
        first_line=9,
        source="    return 1 / n",
        locals={"n": Snapshot(text="0", type="int")},
    )
    trace = traceback_of([frame])
    code = trace.tb_frame.f_code
    assert (code.co_filename, code.co_name, code.co_firstlineno) == ("/not/here.py", "parse", 9)
    assert (trace.tb_lineno, trace.tb_frame.f_lineno) == (12, 12)
    assert trace.tb_frame.f_locals == {"n": 0}
    assert trace.tb_next is None
