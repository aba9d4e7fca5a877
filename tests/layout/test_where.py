"""Places, source lines, and the names that stand on them."""

from __future__ import annotations

import pytest

from gold.runs import CWD, frame, snapshot
from mpdiag.layout import cells, locals_on_line, names_on, own_frame, shorter, source


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (f"{CWD}/app/x.py", "app/x.py"),
        ("/elsewhere/x.py", "/elsewhere/x.py"),
        ("/usr/lib/python3.12/json/decoder.py", "json/decoder.py"),
        (f"{CWD}/.venv/lib/python3.13/site-packages/numpy/core.py", "numpy/core.py"),
        ("/srv/jobs/x.py", "/srv/jobs/x.py"),
        ("<stdin>", "<stdin>"),
        ("/tmp/\x1b[2J.py", "/tmp/\\x1b[2J.py"),
    ],
)
def test_a_path_is_named_as_a_reader_would(file: str, said: str) -> None:
    """Own files from the working directory, libraries from their folder, others in full."""
    assert shorter(file, CWD) == said


def test_the_frame_to_show_is_the_users_own() -> None:
    """The line that the user wrote comes before the library that it called."""
    own, deep = frame(), frame(file="/usr/lib/python3.12/json/decoder.py")
    assert own_frame([own, deep]) is own
    assert own_frame([deep]) is deep
    assert own_frame([]) is None


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ('    return record["this"] * rate', ["record", "rate"]),
        ("total = self.rate + 'name' + name.rate", ["total", "self", "name"]),
        (
            'print(f"{width} of {height!r}", rf"{x}", "{no}", f"{x:d}")',
            ["print", "width", "height", "x"],
        ),
        ("for item in (", ["item"]),
        ('text = """open', ["text"]),
        ("", []),
    ],
)
def test_names_are_those_that_stand_on_the_line(line: str, names: list[str]) -> None:
    """Strings, attributes and keywords are no names; what stands in an f-string is."""
    assert names_on(line) == names


def test_only_the_locals_on_the_line_are_printed() -> None:
    """An input that is shown already is not shown twice, unless it has changed since."""
    values = {"rate": snapshot(2), "record": snapshot(1), "away": snapshot(3)}
    failed = frame("    return record * rate", "record * rate", locals=values)
    assert [name for name, _ in locals_on_line(failed, {"record": snapshot(1)})] == ["rate"]
    assert [name for name, _ in locals_on_line(failed, {"record": snapshot(9)})] == [
        "record",
        "rate",
    ]


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ('    return record["this"] * record["that"]', 'record["that"]'),
        ("\tvalue = weights[9]", "weights[9]"),
        ("    x = '中文字' + y[0] + z", "y[0]"),
        (f"    {'a' * 60} + bad[0] + {'c' * 60}", "bad[0]"),
        (f"    x = f({'a' * 200})", "f(" + "a" * 200 + ")"),
    ],
)
def test_carets_stand_below_what_failed(line: str, marked: str) -> None:
    """Carets mark the same columns, behind tabs, wide characters and cuts."""
    shown, carets = (row.text for row in source(frame(line, marked)))
    start, length = len(carets) - len(carets.lstrip()), len(carets.strip())
    head = 0
    while cells(shown[:head]) < start:
        head += 1
    assert shown[head:].startswith(marked[:6])
    assert 4 <= length <= len(marked)
    assert cells(shown) <= 66


def test_a_line_that_failed_as_a_whole_has_no_carets() -> None:
    """Carets below everything mark nothing."""
    assert len(list(source(frame("    raise Bad(x)", "raise Bad(x)")))) == 1
    assert list(source(frame("", ""))) == []
