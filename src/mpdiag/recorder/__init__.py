"""Flight recorder: a mapped file of one worker that outlives it."""

from __future__ import annotations

from .._lazy import on_first_use

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from ._answer import leave_answer, left_answer
    from ._draws import (
        Drawn,
        Other,
        drawn,
        look_at,
        pack_others,
        pick,
        standing,
        unpack_others,
    )
    from ._further import Further, cancelled_tasks, shared_numbers
    from ._glance import Glance, glance
    from ._layout import ENDING, FILE_BYTES, Kind, Method, State, Word, target_key
    from ._messages import PastMessages, past_messages, ran_messages, settle_past
    from ._ran import PastMessage
    from ._reader import Counter, Entry, Reading, read, read_map
    from ._shared import (
        PIPE,
        SEMAPHORE,
        NamedThings,
        SharedThing,
        SharedThings,
        read_shared,
        recorded_acquire,
    )
    from ._shrink import HEAD_BYTES, shrink
    from ._ticks import start_ticks
    from ._writer import Recorder, stamp_exit, stamp_sent, stamp_taken, stamp_terminated

# Every Python of a run imports this package: what is imported with it, all of them pay for.
_HOME = {
    "ENDING": "_layout",
    "FILE_BYTES": "_layout",
    "HEAD_BYTES": "_shrink",
    "PIPE": "_shared",
    "SEMAPHORE": "_shared",
    "Counter": "_reader",
    "Drawn": "_draws",
    "Entry": "_reader",
    "Further": "_further",
    "Glance": "_glance",
    "Kind": "_layout",
    "Method": "_layout",
    "NamedThings": "_shared",
    "Other": "_draws",
    "PastMessage": "_ran",
    "PastMessages": "_messages",
    "Reading": "_reader",
    "Recorder": "_writer",
    "SharedThing": "_shared",
    "SharedThings": "_shared",
    "State": "_layout",
    "Word": "_layout",
    "cancelled_tasks": "_further",
    "drawn": "_draws",
    "glance": "_glance",
    "leave_answer": "_answer",
    "left_answer": "_answer",
    "look_at": "_draws",
    "pack_others": "_draws",
    "past_messages": "_messages",
    "pick": "_draws",
    "ran_messages": "_messages",
    "read": "_reader",
    "read_map": "_reader",
    "read_shared": "_shared",
    "recorded_acquire": "_shared",
    "settle_past": "_messages",
    "shared_numbers": "_further",
    "stamp_exit": "_writer",
    "stamp_sent": "_writer",
    "stamp_taken": "_writer",
    "stamp_terminated": "_writer",
    "shrink": "_shrink",
    "standing": "_draws",
    "start_ticks": "_ticks",
    "target_key": "_layout",
    "unpack_others": "_draws",
}

__all__ = (
    "ENDING",
    "FILE_BYTES",
    "HEAD_BYTES",
    "PIPE",
    "SEMAPHORE",
    "Counter",
    "Drawn",
    "Entry",
    "Further",
    "Glance",
    "Kind",
    "Method",
    "NamedThings",
    "Other",
    "PastMessage",
    "PastMessages",
    "Reading",
    "Recorder",
    "SharedThing",
    "SharedThings",
    "State",
    "Word",
    "cancelled_tasks",
    "drawn",
    "glance",
    "leave_answer",
    "left_answer",
    "look_at",
    "pack_others",
    "past_messages",
    "pick",
    "ran_messages",
    "read",
    "read_map",
    "read_shared",
    "recorded_acquire",
    "settle_past",
    "shared_numbers",
    "shrink",
    "stamp_exit",
    "stamp_sent",
    "stamp_taken",
    "stamp_terminated",
    "standing",
    "start_ticks",
    "target_key",
    "unpack_others",
)


__getattr__ = on_first_use(__name__, _HOME)
