"""What happened, as frozen values."""

from ._ending import Ending
from ._fault import Fault, FaultId, Imported, Outcome, Passing, Run, RunId, Running, Unwatched
from ._fingerprint import crash_parts, failure_parts, fingerprint, hang_parts
from ._fit import misfit
from ._hang import Hang, Occurrence
from ._history import History, Part
from ._library import library_path
from ._lookup import BadText, Lookup, Place, without_values
from ._moment import (
    End,
    HeldAtFork,
    Moment,
    ProcessMoment,
    Semaphore,
    Shared,
    ThreadMoment,
    Wait,
)
from ._occurrence import (
    Cause,
    Certainty,
    Crash,
    Error,
    ExitStatus,
    Failure,
    Fidelity,
    Fingerprint,
    Frame,
    Inputs,
    Lost,
    Neighbour,
    Output,
    Task,
    Verdict,
    Worker,
)
from ._origin import Origin
from ._plain import from_plain, to_plain
from ._reason import Reason, Reasons
from ._shrunk import Shrunk
from ._snapshot import Snapshot
from ._status import ending_words, exit_status
from ._stuck import Note, Stuck
from ._trouble import Checked, Seen, Trouble
from ._view import RunView, WorkerView

__all__ = (
    "BadText",
    "Cause",
    "Certainty",
    "Checked",
    "Crash",
    "End",
    "Ending",
    "Error",
    "ExitStatus",
    "Failure",
    "Fault",
    "FaultId",
    "Fidelity",
    "Fingerprint",
    "Frame",
    "Hang",
    "HeldAtFork",
    "History",
    "Imported",
    "Inputs",
    "Lookup",
    "Lost",
    "Moment",
    "Neighbour",
    "Note",
    "Occurrence",
    "Origin",
    "Outcome",
    "Output",
    "Part",
    "Passing",
    "Place",
    "ProcessMoment",
    "Reason",
    "Reasons",
    "Run",
    "RunId",
    "RunView",
    "Running",
    "Seen",
    "Semaphore",
    "Shared",
    "Shrunk",
    "Snapshot",
    "Stuck",
    "Task",
    "ThreadMoment",
    "Trouble",
    "Unwatched",
    "Verdict",
    "Wait",
    "Worker",
    "WorkerView",
    "crash_parts",
    "ending_words",
    "exit_status",
    "failure_parts",
    "fingerprint",
    "from_plain",
    "hang_parts",
    "library_path",
    "misfit",
    "to_plain",
    "without_values",
)
