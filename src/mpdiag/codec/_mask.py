"""Hide what looks like a secret, by the name it stands under or by its own look.

Every pattern takes linear time: each is anchored to a literal or to the start of a run of
characters, and its parts cannot match in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ._assigned import mask_assigned

MASKED = "<masked>"

DEFAULT_NAMES = (
    "access_key",
    "access_tokens",
    "account_key",
    "api_key",
    "api_keys",
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "connection_string",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "csrf",
    "db_pass",
    "encryption_key",
    "jwt",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "private_key",
    "privatekey",
    "pwd",
    "secret",
    "secrets",
    "session_id",
    "sessionid",
    "signing_key",
    "token",
    "user_pass",
    "xsrf",
)
"""Names of values that are hidden, as words joined by ``_``."""

# After a secret's name these words make it the name of something harmless: ``token_count``.
_HARMLESS = frozenset(
    [
        "count",
        "counts",
        "enabled",
        "expires",
        "expiry",
        "ids",
        "index",
        "len",
        "length",
        "limit",
        "method",
        "min",
        "max",
        "mode",
        "name",
        "names",
        "per",
        "policy",
        "rate",
        "required",
        "size",
        "type",
        "types",
        "url",
        "usage",
    ]
)
# Fewer: of two secrets that touch, one may stay.  More: nothing in practice, for the second pass
# finds nothing in a text that nobody made up for it.
_PASSES = 5
# Characters of the shortest text with a secret in it: ``pwd=x``.
_SHORTEST = 5
# Names that are remembered.  More: memory, should names be data.  Fewer: each is taken apart again.
_KNOWN_NAMES = 1000
# Longer names are data, not names.
_NAME_CHARACTERS = 200

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")

_URL_PASSWORD = re.compile(r"(://[^\s/:@'\"]{0,256}:)[^\s/'\"]{1,1024}@")
_URL_TOKEN = re.compile(r"(://)[^\s/:@'\"]{20,1024}@")
_BEARER = re.compile(r"(?i)\b(bearer\s{1,4})(?!authentication\b|authorization\b)[\w.~+/=-]{6,}")
_LOOKS = re.compile(
    # A whole block, or its beginning where the end was cut off.
    r"-----BEGIN [A-Z0-9 ]{1,60}-----(?s:.*?)(?:-----END [A-Z0-9 ]{1,60}-----|\Z)"
    r"|(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*"
    r"|(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16,}"
    r"|AIza[\w-]{30,}"
    r"|ya29\.[\w-]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}"
    r"|github_pat_\w{20,}"
    r"|glpat-[\w-]{16,}"
    r"|xox[a-z]-[A-Za-z0-9-]{10,}"
    r"|xapp-[A-Za-z0-9-]{10,}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}"
    r"|sk-[\w-]{20,}"
    r"|hf_[A-Za-z0-9]{20,}"
    r"|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[\w-]{20,}"
    r"|SG\.[\w-]{16,64}\.[\w-]{16,}"
    r")"
    r"|(?<=hooks\.slack\.com/services/)[\w/]{10,}"
)


@dataclass(frozen=True, slots=True)
class Mask:
    """Which names hide their values; and how secrets are taken out of texts."""

    names: tuple[str, ...] = DEFAULT_NAMES
    _phrases: tuple[tuple[str, ...], ...] = field(init=False, repr=False, compare=False)
    _known: dict[str, bool] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Names that were asked for before; the same few come again with every failure."""

    def __post_init__(self) -> None:
        phrases = {_words(name) for name in self.names} - {()}
        object.__setattr__(self, "_phrases", tuple(sorted(phrases)))

    def hides(self, name: str) -> bool:
        """Return whether a value under *name* is a secret.

        Names are compared word by word: ``db_password``, ``apiKey`` and ``X-Api-Key`` are
        hidden, ``author`` and ``tokens_per_second`` are not.
        """
        answer = self._known.get(name)
        if answer is None:
            words = _words(name)
            answer = any(_is_hidden_by(phrase, words) for phrase in self._phrases)
            if words and len(self._known) < _KNOWN_NAMES:
                self._known[name] = answer
        return answer

    def text(self, text: str) -> str:
        """Return *text* without the secrets in it: by look, and as ``password=...``.

        What one pass takes out can bare the beginning of another secret, so passes go on while
        they find something.
        """
        if len(text) < _SHORTEST:
            return text
        for _ in range(_PASSES):
            before, text = text, self._pass(text)
            if text == before:
                break
        return text

    def _pass(self, text: str) -> str:
        text = _LOOKS.sub(MASKED, text)
        if "://" in text:
            text = _URL_PASSWORD.sub(rf"\1{MASKED}@", text)
            text = _URL_TOKEN.sub(rf"\1{MASKED}@", text)
        text = _BEARER.sub(rf"\1{MASKED}", text)
        return mask_assigned(text, self.hides, MASKED)

    def argv(self, argv: Iterable[str]) -> tuple[str, ...]:
        """Return the arguments of a command without secrets, ``--password x`` included."""
        shown: list[str] = []
        follows = False
        for word in argv:
            is_option = word.startswith("-")
            shown.append(MASKED if follows and not is_option else self.text(word))
            follows = is_option and "=" not in word and self.hides(word)
        return tuple(shown)


def _words(name: str) -> tuple[str, ...]:
    """Return the words of ``X-Api-Key``, ``apiKey`` or ``API_KEY`` in lower case."""
    if len(name) > _NAME_CHARACTERS:
        return ()
    return tuple(word.lower() for word in _WORDS.findall(name))


def _is_hidden_by(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    if phrase == words:
        return True
    size = len(phrase)
    for start in range(len(words) - size + 1):
        if words[start : start + size] == phrase and not _HARMLESS.intersection(
            words[start + size : start + size + 1]
        ):
            return True
    return False
