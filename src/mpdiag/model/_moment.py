"""What every process of a run was doing at one moment, as it is judged when nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ._occurrence import Frame, Inputs, Task, Worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The system call in which a thread waits."""

    call: str
    """Name, such as ``read``, ``futex``, ``poll``; ``?`` when it could not be read."""
    fd: int | None = None
    """The descriptor it waits on, where it is one."""
    semaphore: int | None = None
    """Inode of the named semaphore it waits on: the same number in all processes that share it."""
    until: float | None = None
    """Seconds it waits at most from then on, where it has a timeout."""
    fds: tuple[int, ...] = ()
    """All descriptors, where it waits for one of several, as ``poll`` and ``select`` do."""
    pid: int | None = None
    """The child it waits for, in ``wait4`` and its like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMoment:
    """One thread: its Python stack and what it waits for."""

    tid: int | None = None
    """Number of the kernel; None where the stack could not be joined with it."""
    name: str = ""
    main: bool = False
    state: str = "?"
    """The letter of ``/proc``: R runs, S and D wait, T is stopped."""
    frames: tuple[Frame, ...] = ()
    """Outermost first, frames of mpdiag left out; empty when there is no stack."""
    wait: Wait | None = None
    inside: tuple[str, ...] = ()
    """``with`` blocks in which it stands, as ``file:name``, where it may wait for a lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """An open end of a pipe, socket or file."""

    fd: int
    kind: Literal["pipe", "socket", "file", "other"]
    inode: int
    reads: bool
    writes: bool
    filled: int | None = None
    """Bytes that wait in it, where the kernel tells."""
    capacity: int | None = None
    peer: int | None = None
    """Inode of the other end of a Unix socket, where the kernel tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Semaphore:
    """A named semaphore that a process has mapped."""

    inode: int
    value: int | None = None
    """None where the memory of the process could not be read."""
    holder: int | None = None
    """Process id of who took it last and has not given it back, where the recorder tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A queue, pipe, lock or event of `multiprocessing`, as the recorder knows it."""

    kind: str
    """As the user made it: ``Queue``, ``Lock``, ``Event``, ``Pipe``, ``Pool``."""
    place: str
    """``file:line`` in the program at which it was made."""
    maker: int
    """Process id."""
    ends: tuple[int, ...] = ()
    """Inodes of its pipes or sockets."""
    semaphores: tuple[int, ...] = ()
    """Inodes of its semaphores."""
    open_tasks: int | None = None
    """Inode of the semaphore that counts open tasks, of a ``JoinableQueue``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAtFork:
    """A lock of `threading` that another thread of the parent held when a process was forked."""

    pid: int
    """The child, in which nobody can release it."""
    lock: str
    """As the code calls it, such as ``self._lock``."""
    thread: str
    """Name of the thread that held it."""
    place: str
    """``file:line`` at which that thread was."""
    file: str = ""
    """Of the innermost frame in which the lock was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMoment:
    """One process of the run."""

    pid: int
    parent: int
    role: Literal["program", "worker", "server", "python", "other"]
    """*server*: Manager, forkserver, resource tracker; *other*: not Python."""
    state: str = "?"
    cpu: float = 0.0
    """Seconds of processor time so far, of all its threads."""
    command: str = ""
    worker: Worker | None = None
    task: Task | None = None
    inputs: Inputs | None = None
    state_of_worker: int = 0
    """`recorder.State`, for workers."""
    done: int = 0
    """Tasks it has ended so far."""
    since: float | None = None
    """Since when it runs tasks, in seconds since the epoch; for workers."""
    threads: tuple[ThreadMoment, ...] = ()
    ends: tuple[End, ...] = ()
    semaphores: tuple[Semaphore, ...] = ()
    no_stack: str = ""
    """Why there is no stack, such as ``not armed``; empty when there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All living processes of a run, looked at once, and the workers that had died by then."""

    at: float
    """Seconds since the epoch."""
    processes: tuple[ProcessMoment, ...]
    dead: tuple[Worker, ...] = ()
    not_readable: tuple[str, ...] = ()
    """Sources that could have told more, and were closed."""
    cwd: str = ""
    """Where the program was started: places are told from there."""
    shared: tuple[Shared, ...] = ()
    held_at_fork: tuple[HeldAtFork, ...] = ()
    dead_servers: tuple[Worker, ...] = ()
    """Managers of the run that are no more, and were not shut down."""
    broken: tuple[Worker, ...] = ()
    """Those of *dead* that left a task or a message unfinished, or ended with a bad status."""
