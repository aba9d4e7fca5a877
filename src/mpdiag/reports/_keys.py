"""The keys of a dict that is kept as text."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

# Characters of a snapshot that are read for keys; a snapshot is bounded far below it.
_MOST_TEXT = 20_000


def has_key(text: str, key: str) -> bool:
    """Tell whether the dict that *text* shows has *key*, both as Python writes them."""
    with warnings.catch_warnings():
        # The compiler would tell us about the user's literals, in the middle of the report.
        warnings.simplefilter("ignore")
        try:
            sought = ast.literal_eval(key)
            return any(type(one) is type(sought) and one == sought for one in keys_of(text))
        except Exception:
            return False


def keys_of(text: str) -> Iterator[object]:
    """Yield the keys of the outermost dict that *text* shows; raises where one cannot be read."""
    if not (text.startswith("{") and len(text) < _MOST_TEXT):
        return
    for item in _items(text[1:]):
        key, colon, _ = _at_top(item, ":")
        if item.startswith("...") or not colon:
            return
        yield ast.literal_eval(key.strip())


def _items(text: str) -> Iterator[str]:
    """Yield what stands between the commas of the outermost dict of *text*."""
    while text:
        item, end, text = _at_top(text, ",}")
        if item.strip():
            yield item.strip()
        if end != ",":
            return


def _at_top(text: str, ends: str) -> tuple[str, str, str]:
    """Split *text* at the first of *ends* that is in no bracket and no string."""
    depth, quote, skip = 0, "", False
    for position, char in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = char == "\\"
            quote = "" if char == quote else quote
        elif depth == 0 and char in ends:
            return text[:position], char, text[position + 1 :]
        elif char in "'\"":
            quote = char
        else:
            depth += (char in "([{<") - (char in ")]}>")
    return text, "", ""
