"""Hints on limits of the machine, of the system and of Python."""

from __future__ import annotations

from . import _read_starting as starting
from ._hint import Hint, either, says

LIMITS = (
    Hint(
        slug="too-many-open-files",
        literal="OSError: [Errno 24] Too many open files",
        find=says(r"\[Errno 24\]|Too many open files"),
        what="the process has as many files, pipes and sockets open as it may (ulimit -n)",
        why="each queue and each Process takes some, and so does each result that is kept with its"
        " tensors",
        change="close what is done with (with blocks, Process.close()), or raise ulimit -n",
        untold="the limit, and what was open",
    ),
    Hint(
        slug="shared-memory-full",
        literal="OSError: [Errno 28] No space left on device (in multiprocessing)",
        find=says(
            r"\[Errno 28\]|No space left on device",
            inside="multiprocessing/",
        ),
        what="/dev/shm has no room left",
        why="locks, queues and shared memory lie there; a container gives it 64 MB, and killed"
        " programs leave theirs behind",
        change="docker run --shm-size=2g; ls /dev/shm for what is left over",
        untold="how large it is, and what filled it",
    ),
    Hint(
        slug="disk-full",
        literal="OSError: [Errno 28] No space left on device",
        find=says(r"\[Errno 28\]|No space left on device"),
        what="a disk is full, or out of inodes",
        why="{function} was writing: {source}",
        change="df -h and df -i show which; set TMPDIR for temporary files",
        untold="which disk, and how full",
    ),
    Hint(
        slug="no-more-processes",
        literal="BlockingIOError: [Errno 11] Resource temporarily unavailable (in fork)",
        find=either(
            says(
                r"\[Errno 11\] Resource temporarily unavailable",
                inside="multiprocessing/popen_fork",
            ),
            says(r"can't start new thread|fork: (?:retry: )?Resource temporarily unavailable"),
        ),
        what="no further process or thread may be started",
        why="the user (ulimit -u) or the container (pids.max) is at its limit; threads count too",
        change="fewer workers, OMP_NUM_THREADS=1 for numeric libraries, or a higher limit",
        untold="which of the limits it was",
    ),
    Hint(
        slug="no-memory-to-fork",
        literal="OSError: [Errno 12] Cannot allocate memory (in fork)",
        find=says(r"\[Errno 12\]|Cannot allocate memory"),
        what="the system refused memory for a new process or mapping",
        why="a fork promises as much again as the program has, when the kernel keeps such promises",
        change="start the pool before loading the data, use forkserver, or allow overcommit",
        untold="how much there was",
    ),
    Hint(
        slug="out-of-memory",
        literal="MemoryError",
        find=says(r"(?:^|\.)(?:_?ArrayMemoryError|MemoryError)\b"),
        what="there was no memory for what {function} wanted",
        why="ulimit -v or the machine's end; with workers, each has a copy of what it was given",
        change="smaller pieces, fewer workers, or shared memory for large arrays",
        untold="the limit, and the size of the input",
    ),
    Hint(
        slug="recursion-depth",
        literal="RecursionError: maximum recursion depth exceeded",
        find=says(r"RecursionError: maximum recursion depth exceeded"),
        what="{function} calls itself too often",
        why="an input is nested deeper than usual, refers to itself, or the end of the recursion is"
        " missing",
        change="a loop with a list in place of the recursion; sys.setrecursionlimit only helps a"
        " little, in each worker anew",
        untold="the input",
    ),
    Hint(
        slug="no-semaphores",
        literal="ImportError: This platform lacks a functioning sem_open implementation",
        find=either(
            says(r"lacks a functioning sem_open implementation"),
            says(r"\[Errno 38\] Function not implemented", inside="multiprocessing/"),
        ),
        what="this system has no semaphores for processes",
        why="/dev/shm is missing or closed, as in AWS Lambda and some sandboxes",
        change="Process with Pipe works there; Pool, Queue and Lock do not",
    ),
    Hint(
        slug="socket-path-too-long",
        literal="OSError: AF_UNIX path too long",
        find=says(r"AF_UNIX path too long"),
        what="the folder for temporary files has a name too long for a socket",
        why="a Manager or a forkserver makes its socket there, and such a path has at most 107"
        " characters",
        change="set TMPDIR to a short path, such as /tmp",
    ),
    Hint(
        slug="gone-before-the-start",
        literal="FileNotFoundError: [Errno 2] No such file or directory (in synchronize.py)",
        find=says(r"FileNotFoundError: \[Errno 2\]", inside="multiprocessing/synchronize.py"),
        read=starting.kept_by_nobody,
        fails=True,
        what="a lock or queue was gone before the worker had started",
        why="a spawned worker opens it by name; the program no longer kept it, or had ended",
        change="keep it in a variable until the workers have ended, and join them",
    ),
    Hint(
        slug="timeout-of-get",
        literal="multiprocessing.context.TimeoutError",
        find=says(r"^multiprocessing\.context\.TimeoutError"),
        what="get(timeout) or next(timeout) gave up waiting for a result",
        why="the task may still run, may never have begun, or its worker may be dead: the error is"
        " the same",
        change="run it under mpdiag with --task-timeout to see where the task was",
        untold="whether the task ran, where it stood, and whether its worker lived",
    ),
)
