"""What a replay will do, said before it does it, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..codec import MASKED
from ..layout import (
    GLUE,
    WIDTH,
    Row,
    call,
    clean,
    duration,
    lay_out,
    number,
    own_frame,
    paragraph,
    place,
    plural,
)
from ..replay import Again, Plan, Rate, Same, Written
from ._report import title_of
from ._rows import assignment, error_title, status_text

NAME = "mpdiag: "
# Inputs that are shown before a call.
_INPUTS = 8


def plan_lines(
    plan: Plan, *, times: int = 1, act: str = "replay", pdb: bool = False
) -> Iterator[str]:
    """Yield what will run, how often at most, where, and with which environment."""
    head = f"{NAME}{act} of {clean(plan.fault.id)}, {title_of(plan.fault)}"
    yield from paragraph(head, WIDTH)
    yield from lay_out(_plan_rows(plan, times, pdb=pdb), WIDTH)


def _plan_rows(plan: Plan, times: int, *, pdb: bool) -> Iterator[Row]:
    often = "once" if times == 1 else f"at most {number(times)} times"
    limit = f"(within {duration(plan.deadline)})"
    if pdb:
        limit = "(no deadline: Ctrl-C stops it where it is)"
    yield Row(
        label="calls", text=f"{call(plan.task)} {often}, in a child of its own {limit}", most=3
    )
    for index, (name, value) in enumerate(list(plan.inputs.values.items())[:_INPUTS]):
        yield Row(label="" if index else "input", text=assignment(name, value), most=3)
    if plan.fault.shrunk is not None:
        used = plan.inputs is plan.fault.shrunk.inputs
        yield Row(text="(the smaller one)" if used else "(a smaller one is kept: --shrunk)")
    yield Row(label="imports", text=f"{clean(_main(plan))}, as a spawned worker does: not what")
    yield Row(text='stands below `if __name__ == "__main__"`')
    yield Row(label="in", text=clean(plan.origin.cwd), most=3)
    names = ", ".join(plan.environment) or "nothing of the recorded environment"
    yield Row(label="sets", text=clean(names), most=4)
    for index, text in enumerate(plan.missing):
        yield Row(label="" if index else "without", text=clean(text), most=3)
    for index, text in enumerate(plan.changed):
        yield Row(label="" if index else "changed", text=clean(text), most=3)


def _main(plan: Plan) -> str:
    origin = plan.origin
    name = Path(origin.main_file).name or "no main module"
    return f"-m {origin.main_name}" if origin.main_name else name


def again_lines(plan: Plan, again: Again) -> Iterator[str]:
    """Yield what came of one call."""
    for text in again.said:
        yield from paragraph(f"{NAME}{clean(text)}", WIDTH)
    yield from paragraph(f"{NAME}{outcome(plan, again)} ({duration(again.seconds)})", WIDTH)
    if again.same is Same.PASSED:
        name, history = clean(plan.fault.id), plan.history
        kept = history is not None and history.kept
        after = f"mpdiag replay {name} --history, or " if kept else ""
        yield from paragraph(f"        next: {after}mpdiag flaky {name}", WIDTH)


def outcome(plan: Plan, again: Again) -> str:
    """Return what one call came to, beside the fault."""
    what = what_happened(again, plan.origin.cwd)
    match again.same:
        case Same.NOT_CALLED:
            return f"not called: {clean(again.why)}"
        case Same.PASSED:
            return "different: this time the call returned, and nothing failed"
        case Same.DIFFERENT:
            return f"different: {what}"
        case _:
            return f"{again.same.value}: {what}"


def what_happened(again: Again, cwd: str) -> str:
    """Return in a few words what one call came to."""
    if again.same is Same.NOT_CALLED:
        return "not called"
    if again.same is Same.PASSED:
        return "no fault"
    if again.is_stuck:
        frame = own_frame(again.stuck_at)
        at = f", {place(frame.file, frame.line, cwd)}" if frame else ""
        until = "until Ctrl-C" if again.error is not None else "within its deadline"
        return f"no end {until}{at}"
    if again.error is not None:
        frame = own_frame(again.error.trace)
        at = f", {place(frame.file, frame.line, cwd)}" if frame else ""
        return f"{error_title(again.error)}{at}"
    if again.status.code == 0:
        return "the result cannot be sent to the caller"
    return f"the child ended with {status_text(again.status)}"


def often_lines(plan: Plan, found: Sequence[Again]) -> Iterator[str]:
    """Yield how often the fault came back, with the bounds of its rate, and what came instead."""
    for text in dict.fromkeys(text for again in found for text in again.said):
        yield from paragraph(f"{NAME}{clean(text)}", WIDTH)
    hits = sum(again.same in {Same.SAME, Same.MOVED} for again in found)
    rate = Rate(hits=hits, calls=len(found))
    low, high = (f"{100 * bound:.0f}{GLUE}%" for bound in rate.bounds)
    text = f"{NAME}same fault in {number(hits)} of {plural(len(found), 'call')}"
    yield from paragraph(f"{text}; so many exclude only rates outside {low} to {high}", WIDTH)
    others = Counter(
        clean(again.why) if again.same is Same.NOT_CALLED else what_happened(again, plan.origin.cwd)
        for again in found
        if again.same not in {Same.SAME, Same.MOVED}
    )
    for what, count in others.most_common(5):
        yield from paragraph(f"        {number(count)} x {what}", WIDTH)


def test_lines(plan: Plan, written: Written) -> Iterator[str]:
    """Yield where the test of a fault stands, and what its reader should know."""
    file = clean(str(written.file))
    yield from paragraph(f"{NAME}{file} has {written.name}: {written.seen.value}", WIDTH)
    if written.beside is not None:
        beside, why = clean(written.beside.name), clean(written.why)
        yield from paragraph(f"{NAME}its inputs are in {beside} beside it: {why}", WIDTH)
    if any(MASKED in value.text for value in plan.inputs.values.values()):
        text = "its inputs stand there unmasked, also what reports mask: look before you commit"
        yield from paragraph(f"{NAME}{text}", WIDTH)
