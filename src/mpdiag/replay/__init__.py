"""Again, on purpose: call the target of a fault with the inputs that it failed on."""

from ._calls import Again, Same, call_again, call_often, never_ended
from ._look import debug_loaded
from ._plan import Plan, make_plan, obstacle, with_shrunk
from ._post_mortem import debug_frames, frames_of, traceback_of
from .case._as_test import Seen, Written, write_test
from .dependence._conditions import Conditions
from .dependence._flakiness import MOST as FLAKY_BUDGET
from .dependence._flakiness import (
    Condition,
    Dependence,
    Flakiness,
    Occurred,
    flakiness,
)
from .dependence._needed import BUDGET as HISTORY_BUDGET
from .dependence._needed import Needed, needed
from .dependence._order import CAME_BACK, Order, find_order
from .dependence._rate import Rate
from .rerun._confirm import confirm, trials_of
from .rerun._deep import FAILED as DEEP_FAILED
from .rerun._deep import PASSED as DEEP_PASSED
from .rerun._deep import deep_place, evenly, look_deep, names_variables
from .rerun._watch import Place, watched
from .smaller._shrink import Budget, Progress, Shrinking, ShrinkPlan, make_shrink_plan, shrink_fault
from .trial._child import main as call_in_child
from .trial._prepared import serve_trials
from .trial._process import in_fresh_python
from .trial._sandbox import Sandbox
from .trial._steps import Step, Told, as_calls, steps_of, told

__all__ = (
    "CAME_BACK",
    "DEEP_FAILED",
    "DEEP_PASSED",
    "FLAKY_BUDGET",
    "HISTORY_BUDGET",
    "Again",
    "Budget",
    "Condition",
    "Conditions",
    "Dependence",
    "Flakiness",
    "Needed",
    "Occurred",
    "Order",
    "Place",
    "Plan",
    "Progress",
    "Rate",
    "Same",
    "Sandbox",
    "Seen",
    "ShrinkPlan",
    "Shrinking",
    "Step",
    "Told",
    "Written",
    "as_calls",
    "call_again",
    "call_in_child",
    "call_often",
    "confirm",
    "debug_frames",
    "debug_loaded",
    "deep_place",
    "evenly",
    "find_order",
    "flakiness",
    "frames_of",
    "in_fresh_python",
    "look_deep",
    "make_plan",
    "make_shrink_plan",
    "names_variables",
    "needed",
    "never_ended",
    "obstacle",
    "serve_trials",
    "shrink_fault",
    "steps_of",
    "told",
    "traceback_of",
    "trials_of",
    "watched",
    "with_shrunk",
    "write_test",
)
