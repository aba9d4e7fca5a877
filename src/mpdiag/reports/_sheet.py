"""Results as tables for notebooks and rich consoles; no text of the user is taken for markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from ..layout import GLUE, Row, call, clean, duration, plural
from ..model import Fault, Shrunk
from ..replay import Again, Flakiness, Plan, Rate, Same
from ._again import outcome
from ._dependence import flaky_rows, meaning
from ._report import title_of
from ._rows import assignment
from ._shrink import shrunk_rows, size_text

if TYPE_CHECKING:
    from rich.table import Table

_CELL = "text-align: left; vertical-align: top; white-space: pre-wrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of texts."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    heads: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as lines: the last column as wide as it is."""
        rows = [self.heads, *self.rows] if self.heads else list(self.rows)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
        return "\n".join([self.title, *lines])

    def __rich__(self) -> Table:
        """Return it for a rich console."""
        from rich.table import Table
        from rich.text import Text

        found = Table(title=Text(self.title), title_justify="left", show_header=bool(self.heads))
        for head in self.heads or self.rows[0] if self.rows else ():
            found.add_column(Text(head if self.heads else ""))
        for row in self.rows:
            found.add_row(*map(Text, row))
        return found

    def _repr_html_(self) -> str:
        """Return it for a notebook."""
        head = _html_row(self.heads, "th") if self.heads else ""
        body = "".join(_html_row(row, "td") for row in self.rows)
        return f"<table><caption>{escape(self.title)}</caption>{head}{body}</table>"


def _html_row(row: Iterable[str], tag: str) -> str:
    return "<tr>" + "".join(f'<{tag} style="{_CELL}">{escape(x)}</{tag}>' for x in row) + "</tr>"


def replay_sheet(plan: Plan, found: Sequence[Again]) -> Sheet:
    """Return what came of calling a target again."""
    rows = tuple((label, text.replace(GLUE, " ")) for label, text in _replay_rows(plan, found))
    title = f"replay of {clean(plan.fault.id)}, {title_of(plan.fault)}".replace(GLUE, " ")
    return Sheet(title=title, rows=rows)


def _replay_rows(plan: Plan, found: Sequence[Again]) -> Iterator[tuple[str, str]]:
    if len(found) > 1:
        hits = sum(again.same in {Same.SAME, Same.MOVED} for again in found)
        low, high = (f"{100 * bound:.0f} %" for bound in Rate(hits=hits, calls=len(found)).bounds)
        text = f"same fault in {hits} of {plural(len(found), 'call')}"
        yield "came", f"{text}; so many exclude only rates outside {low} to {high}"
    for text, count in Counter(outcome(plan, again) for again in found).most_common():
        yield "came", f"{count} x {text}" if len(found) > 1 else text
    yield "took", duration(max((again.seconds for again in found), default=0.0))
    yield "called", call(plan.task)
    yield from (("input", assignment(name, one)) for name, one in plan.inputs.values.items())
    yield from (("without", clean(text)) for text in plan.missing)
    yield from (("changed", clean(text)) for text in plan.changed)
    yield from (("import", clean(text)) for text in dict.fromkeys(t for a in found for t in a.said))


def flaky_sheet(plan: Plan, found: Flakiness) -> Sheet:
    """Return on what a fault depends, with the counts behind it."""
    title = f"{found.dependence.value}: {meaning(found)} ({clean(plan.fault.id)})"
    return _sheet_of(title, flaky_rows(plan, found))


def shrunk_sheet(fault: Fault, shrunk: Shrunk) -> Sheet:
    """Return smaller inputs that end in *fault*."""
    title = f"smaller inputs of {clean(fault.id)}, {title_of(fault)}: {size_text(shrunk)}"
    return _sheet_of(title, shrunk_rows(shrunk))


def _sheet_of(title: str, rows: Iterable[Row]) -> Sheet:
    cells = tuple((row.label, row.text.replace(GLUE, " ")) for row in rows)
    return Sheet(title=title.replace(GLUE, " "), rows=cells)


def faults_sheet(faults: Sequence[Fault]) -> Sheet:
    """Return faults, one a row."""
    rows = tuple(
        (clean(one.id), f"{one.count:,}", title_of(one).replace(GLUE, " "), call(one.first.task))
        for one in faults
    )
    return Sheet(title=plural(len(rows), "fault"), rows=rows, heads=("ID", "tasks", "what", "in"))
