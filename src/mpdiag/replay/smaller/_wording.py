"""What a message says beside the values in it: another sentence from one line is another fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_QUOTED = re.compile(r"""(?<!\w)(?:'[^']*'|"[^"]*")(?!\w)""")
_NO_WORD = re.compile(r"\w*\d\w*|[^\w\s]")
_LIBRARY = ("/lib/python3", "site-packages", "dist-packages")
_OWN_WORDS = ("raise", "assert")


def wording(error: Mapping[str, Any]) -> str:
    """Return the words of the message of *error*, without quoted values and numbers.

    Nothing where the program wrote the message, which may be made of its data, and of a
    KeyError, whose key belongs to its fingerprint.
    """
    if error["type"] == "KeyError" or _is_own(error["trace"]):
        return ""
    words = _NO_WORD.sub(" ", _QUOTED.sub(" ", error["message"]))
    return " ".join(words.split())


def _is_own(trace: list[dict[str, Any]]) -> bool:
    if not trace:
        return True
    inner = trace[-1]
    is_library = any(part in inner["file"] for part in _LIBRARY)
    return not is_library and inner["source"].lstrip().startswith(_OWN_WORDS)
