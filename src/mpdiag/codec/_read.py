"""Read a pickle without loading it: plain containers, and nodes for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from ._machine import EFFECTS, STOP, BrokenPickleError, Machine, set_items
from ._mask import Mask
from ._nodes import Node
from ._render import Budget, Renderer

# Opcodes between two looks at the clock.
_STRIDE = 1024
# Items that pickle writes at once; a list that holds a multiple of it may be waiting for more.
_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """How much of a pickle is read; what lies behind is left out, and the result says so."""

    size_bytes: int = 16 * 1024 * 1024
    opcodes: int = 2_000_000
    seconds: float = 1.0


DEFAULT_LIMITS = ReadLimits()
# A chunk of a pool's map is read whole to reach one of its items.  Less: the inputs of large
# chunks stay unknown.  More: whoever picks waits, and holds gigabytes, for one input.
ITEM_LIMITS = ReadLimits(size_bytes=64 * 1024 * 1024, opcodes=8_000_000, seconds=3.0)
DEFAULT_BUDGET = Budget()


def read_pickle(raw: bytes, *, limits: ReadLimits = DEFAULT_LIMITS) -> object:
    """Return what *raw* holds, as plain containers and nodes; runs and imports nothing.

    Of a pickle that is cut off, damaged or beyond *limits* comes a node of the kind
    ``unfinished``.  The result may share parts and contain itself.
    """
    machine = Machine(raw[: limits.size_bytes])
    try:
        _run(machine, limits)
        return machine.stack[-1]
    except Exception:  # a hostile pickle fails in many ways, and all mean: no further
        return _gather(machine)


def describe_pickle(raw: bytes, budget: Budget = DEFAULT_BUDGET, mask: Mask | None = None) -> str:
    """Return the text of what *raw* holds, in the style of `describe`; runs nothing."""
    return Renderer(budget, mask).render(read_pickle(raw))


def pick_item(raw: bytes, path: tuple[int, ...], *, limits: ReadLimits = ITEM_LIMITS) -> object:
    """Return one item of the tuples and lists in *raw*, by position at each level.

    Raises:
        LookupError: there is none, or it lies behind *limits*.
    """
    value = read_pickle(raw, limits=limits)
    for position in path:
        items = value.args if type(value) is Node and value.kind == "unfinished" else value
        if type(items) not in (tuple, list):
            raise LookupError(path)
        value = items[position]  # type: ignore[index]
    return value


def _run(machine: Machine, limits: ReadLimits) -> None:
    deadline = monotonic() + limits.seconds
    raw = machine.raw
    effects = EFFECTS
    for _ in range(0, limits.opcodes, _STRIDE):
        for _ in range(_STRIDE):
            code = raw[machine.position]
            machine.position += 1
            if code == STOP:
                return
            effects[code](machine)
        if monotonic() > deadline:
            break
    raise BrokenPickleError


def _gather(machine: Machine) -> Node:
    """Return what a reader that could not go on had in its hands.

    A mark upon an empty list or dict, or one full of whole batches, opens the rest of it; upon
    anything else, a tuple, of which the outermost is left out.
    """
    stack = machine.stack
    while machine.marks:
        items = machine.since_mark()
        below = stack[-1] if stack else None
        if type(below) is list and len(below) % _BATCH == 0:
            below.extend(items)
        elif type(below) is dict and len(below) % _BATCH == 0:
            set_items(below, items)
        else:
            stack.append(tuple(items))
    whole = stack[0] if len(stack) == 1 else None
    return Node("unfinished", args=whole if type(whole) is tuple else tuple(stack))
