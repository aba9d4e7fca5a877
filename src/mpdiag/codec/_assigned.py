"""Find ``password=x``, ``--password x``, ``'password': 'x'`` and ``Authorization: x`` in a text."""

from __future__ import annotations

import re
from collections.abc import Callable

# A name and what separates it from its value.  The look-behind lets a long run of characters be
# tried once, at its start.
_NAMED = re.compile(
    r"(?<![\w.-])(?:"
    r"(?P<option>--?[A-Za-z][\w.-]{1,200})(?:=|\s{1,8}(?!-))"
    r"|(?P<name>[\w.-]{1,200})(?:\\{0,3}[\"'])?\s{0,3}(?:=>|:=|==?|:)\s{0,3}"
    r")"
)
_QUOTE = re.compile(r"[bBuUrRfF]{0,2}(\\{0,3}[\"'])")
# A scheme and its parameter, or one word.
_BARE = re.compile(
    r"(?i:basic|bearer|token|digest|apikey|negotiate)[ \t]{1,4}[^\s&;'\"]+"
    r"|[^\s&;'\"]+"
)
_BRACKET = re.compile(r"[\[({]|(?P<closing>[\])}])")
_REST_OF_LINE = re.compile(r"[^\r\n'\"]+")
_WHOLE_LINES = ("authorization", "cookie")


def mask_assigned(text: str, hides: Callable[[str], bool], masked: str) -> str:
    """Return *text* with *masked* for each value that stands behind a name that is hidden."""
    known: dict[str, bool] = {}
    pieces: list[str] = []
    done = 0
    match = _NAMED.search(text)
    while match:
        name = match["option"] or match["name"]
        if name not in known:
            known[name] = hides(name)
        end = match.end()
        if known[name]:
            start, end = _span_of_value(text, match.end(), name)
            if end > start:
                pieces += (text[done:start], masked)
                done = end
        match = _NAMED.search(text, end)
    return "".join([*pieces, text[done:]]) if pieces else text


def _span_of_value(text: str, start: int, name: str) -> tuple[int, int]:
    """Return where the value that begins at *start* begins, without its quote, and ends."""
    quote = _QUOTE.match(text, start)
    if quote:
        return quote.end(), _closing(text, quote[1], quote.end())
    if text[start : start + 1] in ("[", "(", "{"):
        end = _closing_bracket(text, start)
        bare = _BARE.match(text, end)
        return start, bare.end() if bare else end
    whole_line = name.lower().endswith(_WHOLE_LINES)
    bare = (_REST_OF_LINE if whole_line else _BARE).match(text, start)
    return start, bare.end() if bare else start


def _closing_bracket(text: str, start: int) -> int:
    """Return where the list ends that begins at *start*; the end of *text* if it does not."""
    depth = 0
    for bracket in _BRACKET.finditer(text, start):
        depth += -1 if bracket["closing"] else 1
        if depth == 0:
            return bracket.end()
    return len(text)


def _closing(text: str, quote: str, start: int) -> int:
    """Return where *quote* closes what began at *start*; the end of *text* if it does not."""
    at = text.find(quote, start)
    while at > 0 and len(quote) == 1 and text[at - 1] == "\\":
        at = text.find(quote, at + 1)
    return at if at >= 0 else len(text)
