"""A result as one HTML file with charts, readable without a network."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import chain, repeat

from ._compare import interpreters
from ._recommend import ONE_BY_ONE, recommendations
from ._statistics import rate, received
from ._tables import Table, against, cells, heads, machine_words, notes, tables
from ._values import Result, Row

# In units of the chart: the names, the longest bar with its line of spread, what is written
# behind it, and a row.
NAMES, BAR, SAID, LINE = 185, 400, 165, 22
_STYLE = """
:root { color-scheme: light dark; --bar: #4a7fb5; --base: #8a8f98; --line: #1d3d5c; --box: #eef3f9 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 52em; margin: 2em auto; padding: 0 1em;
background: #fff; color: #1b1b1b }
h1 { margin-bottom: .2em } h2 { font-size: 1.15em; margin: 2.2em 0 .4em }
.advice { background: var(--box); border-radius: .5em; padding: .7em 1em .7em 2.2em; margin: 1em 0 }
.advice li { margin: .25em 0 } .notes { font-size: .9em; opacity: .85 }
figure { margin: 0 } svg { max-width: 100%; height: auto; display: block }
svg text { font: 13px system-ui, sans-serif; fill: currentColor }
rect { fill: var(--bar) } .base rect, .tie rect { fill: var(--base) }
line { stroke: var(--line); stroke-width: 1.5 }
.scroll { overflow-x: auto } table { border-collapse: collapse; margin: .6em 0;
font-variant-numeric: tabular-nums; font-size: .93em }
td, th { padding: .15em .8em; text-align: right; white-space: nowrap }
th { border-bottom: 1px solid #8886; font-weight: 600 }
td:first-child, th:first-child { text-align: left; padding-left: 0 }
@media (prefers-color-scheme: dark) { :root { --bar: #5b95cf; --base: #737983; --line: #cfe2f5;
--box: #1d2733 } body { background: #161616; color: #ddd } }
"""


def page(result: Result) -> str:
    """Return the file."""
    return "\n".join(_parts(result)) + "\n"


def _parts(result: Result) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>mpdiag bench {escape(result.kind)}</title><style>{_STYLE}</style>"
    yield f"<h1>mpdiag bench {escape(result.kind)}</h1>"
    yield f"<p>{escape(machine_words(result.machine))}; medians of {result.rounds} rounds.</p>"
    yield f'<ul class="advice">{"".join(map(_advice, recommendations(result)))}</ul>'
    yield f'<ul class="notes">{"".join(f"<li>{escape(note)}</li>" for note in _notes(result))}</ul>'
    for table in tables(result):
        yield f"<h2>{escape(table.title)}</h2>"
        yield _chart(table)
        yield _rows([heads(table), *(cells(row, table) for row in table.rows)])
    versus = list(interpreters(result))
    if versus:
        yield "<h2>How many times as fast each interpreter is as the first</h2>"
        yield _rows(versus)
    yield "</html>"


def _advice(sentence: str) -> str:
    what, _, rest = sentence.partition(": use ")
    return f"<li><b>{escape(what)}:</b> use {escape(rest)}</li>"


def _notes(result: Result) -> Iterator[str]:
    yield "a bar is the median, its line the middle half of the rounds; grey: the base, and ties"
    yield from notes(result)


def _rows(rows: list[tuple[str, ...]]) -> str:
    """Return a table whose first row are its heads."""
    lines = [
        f"<tr>{''.join(f'<{cell}>{escape(word)}</{cell}>' for word in row)}</tr>"
        for row, cell in zip(rows, chain(["th"], repeat("td")), strict=False)
    ]
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def _chart(table: Table) -> str:
    """Return a bar for each road: items a second, with the spread and the ratio to the base."""
    rows = [row for row in table.rows if row.timings]
    most = max((_ends(row)[1] for row in rows), default=1.0)
    bars = [_bar(row, table, at * LINE, BAR / most) for at, row in enumerate(rows)]
    return (
        '<figure><svg role="img" aria-label="items a second"'
        f' viewBox="0 0 {NAMES + BAR + SAID} {len(rows) * LINE + 4}"'
        f' width="{NAMES + BAR + SAID}">{"".join(bars)}</svg></figure>'
    )


def _ends(row: Row) -> tuple[float, float]:
    """Return the items a second between which the middle half of the rounds lies."""
    took = received(row)
    return row.case.count / took.high, row.case.count / took.low


def _bar(row: Row, table: Table, y: int, scale: float) -> str:
    low, high = (NAMES + end * scale for end in _ends(row))
    said = against(row, table)
    kind = "base" if row.case.road == table.base else "tie" if said == "tie" else "other"
    ratio = "" if kind == "base" else f" · {said}" if kind == "tie" else f" · {said} x"
    name = escape(row.case.road.removesuffix(ONE_BY_ONE))
    return (
        f'<g class="{kind}"><text x="0" y="{y + 15}">{name}</text>'
        f'<rect x="{NAMES}" y="{y + 3}" width="{max(1.0, rate(row) * scale):.0f}" height="15"/>'
        f'<line x1="{low:.0f}" x2="{high:.0f}" y1="{y + 10.5}" y2="{y + 10.5}"/>'
        f'<text x="{high + 6:.0f}" y="{y + 15}">{rate(row):,.0f}/s{ratio}</text></g>'
    )
