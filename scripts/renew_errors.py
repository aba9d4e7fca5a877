"""Write docs/errors.md from the table of hints: what each message of Python means."""

from __future__ import annotations

import re
from pathlib import Path

from mpdiag.hints import HINTS, Hint, unsaid

PAGE = Path(__file__).parent.parent / "docs" / "errors.md"
HEAD = """# What the messages mean

Search this page for the words that you see. `mpdiag hint job.log` (or `mpdiag hint -`, and paste)
applies the same table to a log, with the names of your program in it; a program that runs under
`mpdiag run` needs neither: the report has the hint with the worker, the task and its input.
Capitals stand for names of the program. At the end stand troubles that Python has no message for:
[`mpdiag check`](check.md) sees them in the source of a program. `scripts/renew_errors.py` writes
this page.
"""
SILENT = """# Without a message
"""


def main() -> None:
    """Write the page."""
    said = [one for one in HINTS if one.find is not unsaid]
    silent = [one for one in HINTS if one.find is unsaid]
    parts = [HEAD, *map(entry, said), SILENT, *map(entry, silent)]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def entry(hint: Hint) -> str:
    """Return the section of one hint."""
    lines = [f"## {title(hint)}", "", f"**{first(hint.what)}**", ""]
    lines += [f"{first(hint.why)}", "", f"*What to change:* {plain(hint.change)}."]
    if hint.read is not None:
        fails = " It counts as a failure there." if hint.fails else ""
        lines += ["", f"*Before it happens:* `mpdiag check` names its line.{fails}"]
    if hint.untold:
        lines += ["", f"*What a log does not tell:* {plain(hint.untold)}."]
    return "\n".join([*lines, ""])


def title(hint: Hint) -> str:
    """Return the words by which a trouble is looked for."""
    if hint.find is unsaid:
        return plain(hint.literal[1:-1])
    return f"`{hint.literal.replace('`', '')}`"


def first(text: str) -> str:
    """Return *text* as a sentence."""
    text = plain(text)
    return f"{text[0].upper()}{text[1:]}."


def plain(text: str) -> str:
    """Return *text* with the places of names in capitals, and nothing that Markdown would take."""
    named = re.sub(r"\{(\w+)\}", lambda match: match[1].upper(), text)
    return re.sub(r"([*_<])", r"\\\1", named)


if __name__ == "__main__":
    main()
