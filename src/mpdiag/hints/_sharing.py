"""Hints on queues, locks and other things that processes share."""

from __future__ import annotations

from ._hint import Hint, says

SHARING = (
    Hint(
        slug="empty-misleads",
        literal="_queue.Empty (in multiprocessing/queues.py)",
        find=says(r"^(?:_queue|queue)\.Empty", inside="multiprocessing/queues.py"),
        what="a queue had nothing to give at that moment",
        why="what another process put may still be on its way: empty(), qsize() and get_nowait()"
        " mislead",
        change="wait in get(), and have the writer put a stop item for each reader",
    ),
    Hint(
        slug="full-queue",
        literal="queue.Full (in multiprocessing/queues.py)",
        find=says(r"^(?:_queue|queue)\.Full", inside="multiprocessing/queues.py"),
        what="a bounded queue had no room for the time that put() waits",
        why="its readers are slower than its writers, or dead",
        change="wait in put() without a timeout, raise maxsize, or see whether the readers live",
        untold="whether a reader was alive",
    ),
    Hint(
        slug="queue-closed",
        literal="ValueError: Queue <multiprocessing.queues.Queue object> is closed",
        find=says(r"ValueError: Queue .* is closed"),
        what="a queue was used after its close()",
        why="close() says that this process will put and get no more",
        change="call close() once, behind the last put and get of this process",
    ),
    Hint(
        slug="handle-closed",
        literal="OSError: handle is closed",
        find=says(r"OSError: handle is closed"),
        what="an end of a pipe was used after its close()",
        why="each process closes its own copy, and this one had",
        change="move the close() behind the last send or recv",
    ),
    Hint(
        slug="released-too-often",
        literal="ValueError: semaphore or lock released too many times",
        find=says(r"semaphore or lock released too many times"),
        what="a lock was released that nobody held",
        why="release() ran twice, or on a way on which acquire() had given up",
        change="use with lock: in place of acquire() and release()",
    ),
    Hint(
        slug="not-owner-of-lock",
        literal="AssertionError: attempt to release recursive lock not owned by thread",
        find=says(r"attempt to release recursive lock not owned by thread"),
        what="an RLock was released by another process or thread than took it",
        why="an RLock belongs to who took it; only a Lock may be released by others",
        change="release it where it was taken (with lock:), or use a Lock",
    ),
    Hint(
        slug="task-done-too-often",
        literal="ValueError: task_done() called too many times",
        find=says(r"task_done\(\) called too many times"),
        what="a JoinableQueue heard of more items done than it was given",
        why="task_done() ran twice for an item, often once in a finally block and once before",
        change="one task_done() for each get(), in a finally block",
    ),
    Hint(
        slug="value-needs-a-lock",
        literal="AttributeError: 'c_int' object has no attribute 'get_lock'",
        find=says(
            r"'(?P<kind>c_\w+|RawArray|c_\w+_Array_\d+)' object has no attribute 'get_(?:lock|obj)'"
        ),
        what="a shared value made without a lock ({kind}) was asked for its lock",
        why="RawValue, RawArray and lock=False have none; += on them loses updates",
        change="multiprocessing.Value(...) with its lock: with value.get_lock(): value.value += 1",
    ),
    Hint(
        slug="shared-memory-gone",
        literal="FileNotFoundError: [Errno 2] No such file or directory: '/psm_b6a1'",
        find=says(
            r"FileNotFoundError: .*No such file or directory: '/?(?P<name>psm_\w+|wnsm_\w+)'"
        ),
        what="shared memory {name} is gone",
        why="somebody called unlink(), or the resource tracker of a worker that ended removed it"
        " (python/cpython#82300)",
        change="unlink() once, in the process that made it, after all have closed; on 3.13"
        " SharedMemory(track=False) in the others",
    ),
)
