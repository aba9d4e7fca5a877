"""Nothing that is hidden elsewhere is told by way of a lookup."""

from __future__ import annotations

import json

import pytest

from lookup.cases import CASES, Case
from lookup.snippets import captured
from mpdiag.codec import Mask
from mpdiag.model import Error, to_plain, without_values
from mpdiag.reports._lookup import explain_lookup
from mpdiag.store._masked import Texts

SECRETS = [
    pytest.param(
        """
def task(number):
    api_key = {"a": "HUSH"} or "HUSH"
    return api_key["b"]
""",
        (1,),
        id="a line that sets it",
    ),
    pytest.param(
        """
import json
def task(text):
    return json.loads(text)
""",
        ('{"a": 1, "password": "HUSHHUSH\nHUSH"}',),
        id="across the place",
    ),
    pytest.param(
        """
import json
def task(text):
    return json.loads(text)
""",
        ('{"a": 1 "b": "postgres://bob:HUSH@db.example/x"}',),
        id="beside the place",
    ),
    pytest.param(
        """
def task(record):
    return record["password"].strip()["x"]
""",
        ({"password": "HUSH"},),
        id="a part under its name",
    ),
    pytest.param(
        """
def task(password):
    return password["x"]
""",
        ("HUSH",),
        id="a text as a dict",
    ),
    pytest.param(
        """
def task(token):
    return token.encode("ascii")
""",
        ("HUSH\xe9HUSH",),
        id="bytes",
    ),
]


@pytest.mark.parametrize(("program", "args"), SECRETS)
def test_a_secret_is_not_told(program: str, args: tuple[object, ...]) -> None:
    """Neither the source, nor the value, nor the text around a place shows one."""
    error = captured(program.lstrip("\n"), args)
    assert error.lookup is not None
    assert "HUSH" not in json.dumps(to_plain(error.lookup))


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_without_values_a_lookup_has_its_source_and_its_types(one: Case) -> None:
    """A bundle without values, and a run with ``values = none``, tell what the code says alone."""
    error = captured(one.program, one.args)
    if error.lookup is None:
        return
    bare = without_values(error.lookup)
    assert Texts(Mask(()), values=False).of(error).lookup == bare
    assert not bare.keys or bare.kind == "attribute"
    assert bare.bad is None or not (bare.bad.before or bare.bad.after or bare.bad.remark)
    assert bare.value is None or bare.value.text == f"<{bare.value.type}>"
    explained = explain_lookup(Error(type=error.type, message="", lookup=bare))
    assert explained is not None
    assert explained.sentences
