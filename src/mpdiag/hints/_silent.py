"""Hints on troubles that Python has no words for: wrong results, losses and waits without an error.

They are seen in the source of a program, by ``mpdiag check``.
"""

from __future__ import annotations

from . import _read_sharing as sharing
from . import _read_starting as starting
from . import _read_state as state
from ._hint import Hint

SILENT = (
    Hint(
        slug="pool-of-module",
        literal="(a Pool at the top of a module: workers that start workers, or tasks not found)",
        read=starting.pool_of_module,
        fails=True,
        what="{name} is made at the top of a module",
        why="a spawned worker imports that module, and would make a pool itself; a forked one lacks"
        " all that is defined further down",
        change="make the pool in a function that runs below the main guard, and pass it on",
    ),
    Hint(
        slug="inherited-state",
        literal="(a global that was changed, and workers have the old value)",
        read=starting.changed_state,
        fails=True,
        what="{name} is changed here, and workers read it",
        why="only a forked worker has what the program changed before; a spawned one imports the"
        " module and has {name} as it stands at its top",
        change="pass {name} as an input, or set it in the initializer of the pool",
    ),
    Hint(
        slug="own-copy-each",
        literal="(a global Lock that does not exclude, a Queue to which nothing comes)",
        read=starting.own_copies,
        fails=True,
        what="{name}, a {kind}, is made at the top of the module, and workers use it",
        why="a forked worker shares it; a spawned one imports the module and makes one of its own",
        change="make it below the main guard, and hand it over: Process(args=({name},)), or the"
        " initializer of the pool",
    ),
    Hint(
        slug="logging-of-main",
        literal="(log records of workers that do not appear)",
        read=state.logging_of_main,
        fails=True,
        what="logging is set up here, where a spawned worker never comes; {function} logs in one",
        why="only a forked worker inherits handlers and levels; in others, records below WARNING"
        " are dropped",
        change="set logging up in the initializer of the pool as well, or at the top of the module",
    ),
    Hint(
        slug="shared-default",
        literal="(results of a task that hold those of the task before)",
        read=state.kept_defaults,
        what="{function} changes its default for {name}",
        why="a default is made once in each worker: what one task leaves in it, the next one there"
        " finds",
        change="{name}=None, and a new one in the function",
    ),
    Hint(
        slug="same-random-numbers",
        literal="(all workers draw the same random numbers)",
        read=state.same_random_numbers,
        what="all workers draw the same numbers from {name}",
        why="a fork copies the state of the generator, and a seed at the top of a module is set in"
        " each worker that imports it; only Python's own random is seeded anew in a fork",
        change="one generator for each task: numpy.random.default_rng([seed, index])",
    ),
    Hint(
        slug="client-of-module",
        literal="(answers that belong to another worker's question)",
        read=state.clients_of_module,
        what="{name} ({kind}) is made once, and forked workers use it",
        why="they all have the same connection: what one sends and reads is mixed with the others'",
        change="connect in the worker: once for each, in the initializer of the pool",
    ),
    Hint(
        slug="rotating-log",
        literal="(lines of a log that are lost when it is rotated)",
        read=state.rotating_logs,
        what="several processes write and rotate one log file ({name})",
        why="each renames the file when it thinks so, while the others go on in the one renamed",
        change="logging.handlers.QueueHandler in the workers, and one QueueListener in the program",
    ),
    Hint(
        slug="late-thread-setting",
        literal="(OMP_NUM_THREADS is set and has no effect)",
        read=state.late_thread_settings,
        what="{name} is set after the import of {library}",
        why="the library reads it once, at its import: each worker goes on with threads for all"
        " cores",
        change="set it above the imports or in the shell, or use threadpoolctl in the worker",
    ),
    Hint(
        slug="changed-in-place",
        literal="(a change in a Manager's dict or list that nobody sees)",
        read=sharing.changed_in_place,
        what="an item of {name}, a Manager's {kind}, is changed in place",
        why="reading an item gives a copy of it; the change stays in that copy",
        change="take the item out, change it, and assign it again: item = {name}[key]; ...;"
        " {name}[key] = item",
    ),
    Hint(
        slug="until-empty",
        literal="(while not queue.empty(): items that are left, or a get() that never returns)",
        read=sharing.until_empty,
        what="the loop ends when {name} is empty at that moment",
        why="what another process put may still be on its way, and another reader may take what was"
        " seen",
        change="have the writer put a stop item for each reader, and wait in get() until it comes",
    ),
    Hint(
        slug="unjoined-feeder",
        literal="(items of a queue that were put and never arrive)",
        read=sharing.unjoined_feeders,
        what="{name} gives up what it has not yet written when its process ends",
        why="cancel_join_thread() says not to wait for the thread that writes to the pipe",
        change="read the queue to its end before join(), and leave cancel_join_thread() out",
    ),
    Hint(
        slug="open-end",
        literal="(recv() waits for ever, though the other side has ended)",
        read=sharing.open_ends,
        what="the program keeps {name} open after it has given it to a process",
        why="EOFError comes only when the last copy of that end is closed, and the program has one",
        change="{name}.close() right after start(), and the other end in the process",
    ),
    Hint(
        slug="shared-end",
        literal="(messages of a pipe that are torn, or go to the wrong process)",
        read=sharing.shared_ends,
        what="several processes are given {name}, one end of a pipe",
        why="nothing keeps their messages apart: two that read or write at once tear them",
        change="a Pipe for each process, a Queue, or a Lock around each send and recv",
    ),
    Hint(
        slug="busy-wait",
        literal="(a process that waits at 100 % of a core)",
        read=sharing.busy_waits,
        what="the loop asks {name} without ever waiting",
        why="it takes a whole core from the workers until they are done",
        change="wait: poll(timeout), get(timeout), join(), or multiprocessing.connection.wait",
    ),
    Hint(
        slug="ended-with-queue",
        literal="(a queue that hangs or garbles after terminate())",
        read=sharing.ended_with_queue,
        what="{name}, which uses a queue, is ended by {how}()",
        why="it may hold the lock of the queue, or be in the middle of an item: all others then"
        " wait for ever",
        change="put a stop item and join(); keep {how}() for what does not answer",
    ),
    Hint(
        slug="join-before-drain",
        literal="(join() waits for ever for a process that has put much into a queue)",
        read=sharing.joined_too_early,
        what="{name} is joined before {queue} is read",
        why="a process ends only when its items are in the pipe, which holds 64 KiB: with more,"
        " both wait",
        change="read {queue} first, then join; or mpdiag.join({name}, drain={queue})",
    ),
    Hint(
        slug="bounded-workers",
        literal="(an executor with max_tasks_per_child that stops in the middle)",
        read=sharing.bounded_workers,
        what="an executor ends its workers after max_tasks_per_child tasks",
        why="it may then be left without workers and wait for ever (python/cpython#115634)",
        change="multiprocessing.Pool(maxtasksperchild=...), or leave it out and mend the leak",
    ),
)
