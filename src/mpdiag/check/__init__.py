"""Would a program work under spawn and forkserver: its source read, what it sends tried."""

from ._child import load_crossings
from ._crossings import Crossing, Part, crossings_in
from ._files import read_program
from ._loading import Refusal, load_all
from ._reading import asked_for, troubles_in
from ._trying import together, unloaded, unsent, untried

__all__ = (
    "Crossing",
    "Part",
    "Refusal",
    "asked_for",
    "crossings_in",
    "load_all",
    "load_crossings",
    "read_program",
    "together",
    "troubles_in",
    "unloaded",
    "unsent",
    "untried",
)
