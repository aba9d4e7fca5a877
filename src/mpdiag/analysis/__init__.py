"""From many records to findings about them: what separates failures from passes.  Pure."""

from ._columns import MISSING
from ._every import every_pass
from ._explain import compare, explain
from ._nearest import Difference, nearest
from ._recall import recalled
from ._record import Clue, Explanation, Record, Suspect
from ._tasks import Tasks, tasks_of
from ._there import looked_up, with_lookup

__all__ = (
    "MISSING",
    "Clue",
    "Difference",
    "Explanation",
    "Record",
    "Suspect",
    "Tasks",
    "compare",
    "every_pass",
    "explain",
    "looked_up",
    "nearest",
    "recalled",
    "tasks_of",
    "with_lookup",
)
