"""One document, many renderings: the end report, one fault in full, JSON, events."""

from ._again import again_lines, often_lines, plan_lines, test_lines
from ._bundle import bundle_lines, taken_in_lines
from ._check import CHECK_VERSION, check_json, check_lines
from ._dependence import flaky_lines
from ._events import EventSink, open_events
from ._explain import explain_lines, why_text
from ._hang import stack_lines, stuck_lines
from ._hint import render_hints
from ._json import VERSION, fault_json, json_lines
from ._live import live_line
from ._live_hang import live_hang, moves_again, quiet_line, still_stuck
from ._order import history_lines, order_lines
from ._report import render
from ._sheet import Sheet, faults_sheet, flaky_sheet, replay_sheet, shrunk_sheet
from ._show import render_fault
from ._shrink import shrinking_lines, shrunk_json
from ._top import input_line, top_lines

__all__ = (
    "CHECK_VERSION",
    "VERSION",
    "EventSink",
    "Sheet",
    "again_lines",
    "bundle_lines",
    "check_json",
    "check_lines",
    "explain_lines",
    "fault_json",
    "faults_sheet",
    "flaky_lines",
    "flaky_sheet",
    "history_lines",
    "input_line",
    "json_lines",
    "live_hang",
    "live_line",
    "moves_again",
    "often_lines",
    "open_events",
    "order_lines",
    "plan_lines",
    "quiet_line",
    "render",
    "render_fault",
    "render_hints",
    "replay_sheet",
    "shrinking_lines",
    "shrunk_json",
    "shrunk_sheet",
    "stack_lines",
    "still_stuck",
    "stuck_lines",
    "taken_in_lines",
    "test_lines",
    "top_lines",
    "why_text",
)
