"""What runs in a worker: guard, marks, capture and the way out."""

from __future__ import annotations

from .._lazy import on_first_use

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from ._again import recognised, refusal_to_send
    from ._around import current_test, forget, surroundings
    from ._bind import bind, described_target, qualified_name
    from ._capture import NOTE, Call, add_note, capture, position_note
    from ._executor_loop import executor_chunk, executor_worker
    from ._forks import importing
    from ._guard import guard
    from ._history import packed_history
    from ._kept import keep, mask
    from ._message import read_message
    from ._neighbours import neighbour
    from ._outbox import post, tell_unwatched, use_channel
    from ._owner import end_with_owner, end_with_parent, let_go_of_siblings
    from ._pool_loop import pool_worker
    from ._process import received, run_process
    from ._random import random_state, restore_random
    from ._refusal import exit_verdict, path_words
    from ._startup import initializer_failed, is_without_guard, read_start, start_failed, tell_start
    from ._state import PLACE, WorkerState, begin, current, settle, starting
    from ._trace import without_ours
    from ._transport import (
        BrokenFailure,
        also_broken,
        pack,
        remote_text,
        remote_words,
        stack_text,
        travels,
    )
    from ._worked import Worked

# Every Python of a run imports this package: what is imported with it, all of them pay for.
_HOME = {
    "NOTE": "_capture",
    "PLACE": "_state",
    "BrokenFailure": "_transport",
    "Call": "_capture",
    "add_note": "_capture",
    "Worked": "_worked",
    "WorkerState": "_state",
    "begin": "_state",
    "pack": "_transport",
    "remote_text": "_transport",
    "remote_words": "_transport",
    "starting": "_state",
    "also_broken": "_transport",
    "bind": "_bind",
    "capture": "_capture",
    "current": "_state",
    "current_test": "_around",
    "described_target": "_bind",
    "end_with_owner": "_owner",
    "end_with_parent": "_owner",
    "executor_chunk": "_executor_loop",
    "executor_worker": "_executor_loop",
    "exit_verdict": "_refusal",
    "initializer_failed": "_startup",
    "forget": "_around",
    "guard": "_guard",
    "importing": "_forks",
    "is_without_guard": "_startup",
    "keep": "_kept",
    "let_go_of_siblings": "_owner",
    "mask": "_kept",
    "packed_history": "_history",
    "neighbour": "_neighbours",
    "path_words": "_refusal",
    "pool_worker": "_pool_loop",
    "position_note": "_capture",
    "post": "_outbox",
    "qualified_name": "_bind",
    "random_state": "_random",
    "read_message": "_message",
    "read_start": "_startup",
    "received": "_process",
    "recognised": "_again",
    "refusal_to_send": "_again",
    "restore_random": "_random",
    "run_process": "_process",
    "settle": "_state",
    "stack_text": "_transport",
    "start_failed": "_startup",
    "surroundings": "_around",
    "tell_start": "_startup",
    "tell_unwatched": "_outbox",
    "travels": "_transport",
    "use_channel": "_outbox",
    "without_ours": "_trace",
}

__all__ = (
    "NOTE",
    "PLACE",
    "BrokenFailure",
    "Call",
    "Worked",
    "WorkerState",
    "add_note",
    "also_broken",
    "begin",
    "bind",
    "capture",
    "current",
    "current_test",
    "described_target",
    "end_with_owner",
    "end_with_parent",
    "executor_chunk",
    "executor_worker",
    "exit_verdict",
    "forget",
    "guard",
    "importing",
    "initializer_failed",
    "is_without_guard",
    "keep",
    "let_go_of_siblings",
    "mask",
    "neighbour",
    "pack",
    "packed_history",
    "path_words",
    "pool_worker",
    "position_note",
    "post",
    "qualified_name",
    "random_state",
    "read_message",
    "read_start",
    "received",
    "recognised",
    "refusal_to_send",
    "remote_text",
    "remote_words",
    "restore_random",
    "run_process",
    "settle",
    "stack_text",
    "start_failed",
    "starting",
    "surroundings",
    "tell_start",
    "tell_unwatched",
    "travels",
    "use_channel",
    "without_ours",
)


__getattr__ = on_first_use(__name__, _HOME)
