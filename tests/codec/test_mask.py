"""Secrets are hidden by name and by look, in texts of any size."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpdiag.codec import DEFAULT_NAMES, MASKED, Mask

MASK = Mask()
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "name",
    [
        *DEFAULT_NAMES,
        "API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "Authorization",
        "DB_PASSWORD_2",
        "GITHUB_TOKEN",
        "PASSWORD",
        "Set-Cookie",
        "X-Api-Key",
        "accessToken",
        "apiKey",
        "clientSecret",
        "db_password",
        "openai.api_key",
        "password2",
        "userPrivateKey",
    ],
)
def test_names_of_secrets_hide(name: str) -> None:
    """A name hides when its words hold the words of a secret in a row."""
    assert MASK.hides(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "author",
        "authored",
        "api",
        "bypass",
        "compass",
        "cookiecutter",
        "key",
        "keys",
        "max_tokens",
        "monkey",
        "password_length",
        "primary_key",
        "secretary",
        "token_count",
        "tokenizer",
        "tokens_per_second",
        "x" * 10**6,
    ],
)
def test_other_names_do_not_hide(name: str) -> None:
    """Part of a word is not a word, and what counts or measures secrets is none."""
    assert not MASK.hides(name)


def test_names_are_configurable() -> None:
    """Only the names that are given hide, in any writing system."""
    mask = Mask(("customer_id", "пароль"))
    assert mask.hides("customerId")
    assert mask.hides("пароль")
    assert not mask.hides("password")
    assert mask.text("password=x customer-id=5") == f"password=x customer-id={MASKED}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://user:pw@host/db", f"postgres://user:{MASKED}@host/db"),
        ("amqp://:p@ss@host", f"amqp://:{MASKED}@host"),
        ("see http://a.example:80/x@y", "see http://a.example:80/x@y"),
        (f"Bearer {JWT}", f"Bearer {MASKED}"),
        ("bearer abc123", f"bearer {MASKED}"),
        ("bearer authentication failed", "bearer authentication failed"),
        (f"<{JWT}>", f"<{MASKED}>"),
        (f"key: '{PEM}'!", f"key: '{MASKED}'!"),
        (PEM[:50], MASKED),
        (PEM.replace("\n", "\\n"), MASKED),
        ("id AKIAIOSFODNN7EXAMPLE.", f"id {MASKED}."),
        ("AIza" + "a" * 35, MASKED),
        ("ghp_" + "a" * 36, MASKED),
        ("github_pat_" + "a" * 40, MASKED),
        ("xoxb-123456789012-abcdef", MASKED),
        ("sk-" + "a" * 40, MASKED),
        ("task-1234567890123456789012345", "task-1234567890123456789012345"),
        ("password=hunter2", f"password={MASKED}"),
        ("--password=hunter2 -v", f"--password={MASKED} -v"),
        ("--password hunter2 -v", f"--password {MASKED} -v"),
        ("--password --verbose", "--password --verbose"),
        ("login(password='it\\'s', user='a')", f"login(password='{MASKED}', user='a')"),
        ("{'db_password': 'a b', 'x': 1}", f"{{'db_password': '{MASKED}', 'x': 1}}"),
        ('{"apiKey": "a b"}', f'{{"apiKey": "{MASKED}"}}'),
        (r'"{\"token\": \"a\"}"', rf'"{{\"token\": \"{MASKED}\"}}"'),
        ("token=b'abc' x", f"token=b'{MASKED}' x"),
        ("secrets=['a', ('b',), 'c'] x", f"secrets={MASKED} x"),
        ("Authorization: Basic dXNlcjpw x\nnext", f"Authorization: {MASKED}\nnext"),
        ("token: Basic dXNlcjpw x", f"token: {MASKED} x"),
        ("http://h/?a=1&token=abc&b=2", f"http://h/?a=1&token={MASKED}&b=2"),
        ("Password=a;Server=b", f"Password={MASKED};Server=b"),
        ("KeyError: 'password'", "KeyError: 'password'"),
        ("password='unfinished", f"password='{MASKED}"),
        ("author=me tokens_per_second=5", "author=me tokens_per_second=5"),
        ("", ""),
    ],
)
def test_texts_lose_their_secrets(text: str, shown: str) -> None:
    """Each look and each way to assign a name is found; the text around it stays."""
    assert MASK.text(text) == shown


def test_a_command_line_loses_its_secrets() -> None:
    """The word behind a secret option is hidden, unless it is an option."""
    argv = ("p", "--token", "abc", "--api-key=k", "--password", "-v", "user:pw", "x://u:p@h")
    shown = ("p", "--token", MASKED, f"--api-key={MASKED}", "--password", "-v", "user:pw")
    assert MASK.argv(argv) == (*shown, f"x://u:{MASKED}@h")


HOSTILE = [
    "a",
    "a=",
    "a:",
    "-",
    "--a ",
    ".",
    "password",
    "password=",
    "password='",
    'password="',
    "password=[",
    "password=\\'",
    "password='\\\\",
    "Authorization: ",
    "Authorization: '",
    "://",
    "://a:",
    "://a:@",
    "eyJ",
    "eyJaaaaa.",
    "eyJaaaaa-",
    "-----BEGIN A-----",
    "-----BEGIN ",
    "bearer ",
    "bearer a",
    "sk-",
    "SG.aaaaaaaaaaaaaaaaa.",
    "ghp_",
    "AKIA",
    " ",
    "\n",
    "\\",
    "'",
    "é",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_texts_take_linear_time(unit: str) -> None:
    """Four times the text takes about four times as long, not sixteen."""
    short, long = (_seconds(unit * (size // len(unit))) for size in (250_000, 1_000_000))
    assert long < 0.5 or long < 10 * short


def _seconds(text: str) -> float:
    start = time.process_time()
    MASK.text(text)
    return time.process_time() - start


PIECES = st.lists(
    st.sampled_from([*HOSTILE, JWT, PEM, "hunter2", ";", "&", ",", ")", "]", "@", "x", "0", MASKED])
    | st.text(max_size=5),
    max_size=12,
).map("".join)


@given(PIECES)
def test_masking_twice_is_masking_once(text: str) -> None:
    """What was masked stays as it is, so that it does not matter who masks first."""
    once = MASK.text(text)
    assert MASK.text(once) == once


@given(st.text(), st.text())
def test_texts_without_secrets_stay_as_they_are(before: str, after: str) -> None:
    """A secret is taken out wherever it stands, in the middle of any text."""
    assert JWT not in MASK.text(f"{before} {JWT} {after}")
