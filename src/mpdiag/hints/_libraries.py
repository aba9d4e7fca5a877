"""Hints on libraries whose state does not survive a fork, or a start in another process."""

from __future__ import annotations

from . import _read_state as state
from ._hint import Hint, either, says

LIBRARIES = (
    Hint(
        slug="cuda-after-fork",
        literal="RuntimeError: Cannot re-initialize CUDA in forked subprocess. To use CUDA with"
        " multiprocessing, you must use the 'spawn' start method",
        find=either(
            says(r"Cannot re-initialize CUDA in forked subprocess"),
            says(
                r"CUDA(?:_ERROR_NOT_INITIALIZED| error: (?:initialization error|driver shutting))"
            ),
        ),
        read=state.cuda_before_fork,
        what="CUDA was in use before the fork, and the worker cannot use it again",
        why="its driver keeps threads and handles that a fork does not copy",
        change="multiprocessing.set_start_method('spawn'), and touch CUDA in the workers only",
    ),
    Hint(
        slug="openmp-after-fork",
        literal="Terminating: fork() called from a process already using GNU OpenMP, this is"
        " unsafe.",
        find=either(
            says(r"fork\(\) called from a process already using GNU OpenMP"),
            says(r"libgomp: Thread creation failed|OMP: (?:Error|System error) #\d+"),
        ),
        what="OpenMP had threads when the program forked, or may not start as many as it wants",
        why="numpy, scipy, torch and others start one thread for each core, in each worker",
        change="OMP_NUM_THREADS=1 in the environment of the program, or forkserver",
    ),
    Hint(
        slug="sqlite-other-thread",
        literal="sqlite3.ProgrammingError: SQLite objects created in a thread can only be used in"
        " that same thread.",
        find=says(r"SQLite objects created in a thread can only be used in that same thread"),
        what="a connection of SQLite was used by another thread or process than made it",
        why="SQLite checks it, since a connection has no locks for that",
        change="connect in each worker: in the initializer of the pool, or on first use",
    ),
    Hint(
        slug="sqlite-locked",
        literal="sqlite3.OperationalError: database is locked",
        find=says(r"OperationalError: database (?:table )?is locked"),
        what="another process was writing to the same SQLite database for too long",
        why="SQLite lets one writer in at a time; the others wait 5 s, then give up",
        change="let one process write (workers return rows), or connect(timeout=60) and PRAGMA"
        " journal_mode=WAL",
        untold="which process held the lock",
    ),
    Hint(
        slug="sqlite-malformed",
        literal="sqlite3.DatabaseError: database disk image is malformed",
        find=says(r"database disk image is malformed"),
        what="an SQLite database was damaged",
        why="a connection carried across a fork does that: two processes write with one set of"
        " locks",
        change="close connections before the pool starts, connect in each worker; .recover saves"
        " what is left",
    ),
    Hint(
        slug="connection-across-fork",
        literal="ssl.SSLError: [SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] decryption failed or bad"
        " record mac",
        find=says(
            r"DECRYPTION_FAILED_OR_BAD_RECORD_MAC|WRONG_VERSION_NUMBER\] wrong version number"
            r"|SSL SYSCALL error|SSL error: decryption failed"
            r"|lost synchronization with server|Packet sequence number wrong"
            r"|MySQL server has gone away"
            r"|server closed the connection unexpectedly|Commands out of sync"
        ),
        what="what came through a network connection was not meant for this process",
        why="a connection made before the fork is used by several processes, each reads what"
        " belongs to another",
        change="connect in each worker (initializer=); for SQLAlchemy engine.dispose(close=False)"
        " there",
        untold="which processes shared it",
    ),
    Hint(
        slug="objective-c-after-fork",
        literal="objc: +[__NSPlaceholderDictionary initialize] may have been in progress in another"
        " thread when fork() was called.",
        find=says(r"may have been in progress in another thread when fork\(\) was called"),
        what="a library of macOS was in use when the program forked",
        why="macOS ends such a child on purpose: its locks cannot be trusted",
        change="multiprocessing.set_start_method('spawn'), the default there since 3.8",
    ),
    Hint(
        slug="asyncio-in-worker",
        literal="RuntimeError: Task got Future attached to a different loop",
        find=says(r"got Future .*attached to a different loop|no running event loop"),
        what="something of asyncio was used outside the loop that made it",
        why="a worker has no loop of its own unless it starts one; one from before a fork is not"
        " its own",
        change="asyncio.run(...) inside the task, and make clients, locks and queues in there",
    ),
    Hint(
        slug="tkinter-or-gui",
        literal="_tkinter.TclError: no display name and no $DISPLAY environment variable",
        find=says(
            r"no display name and no \$DISPLAY|cannot connect to X server"
            r"|could not connect to display"
        ),
        what="a worker wanted to draw on a screen",
        why="there is none here, or it belongs to the main process",
        change="matplotlib.use('Agg') before pyplot, or QT_QPA_PLATFORM=offscreen",
    ),
)
