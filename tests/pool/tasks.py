"""What the workers of these tests run."""

from __future__ import annotations

import os
import signal
import sys
import time
from multiprocessing import util
from pathlib import Path
from typing import Any


def plus_one(x: int) -> int:
    """Return one more."""
    return x + 1


def die_at(bad: int, x: int) -> int:
    """Kill the worker for one input."""
    if x == bad:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def fail_at(bad: int, x: int) -> int:
    """Raise for one input."""
    if x == bad:
        raise KeyError(x)
    return x


def append(there: list[int]) -> list[int]:
    """Change the argument, as no other task may see."""
    there.append(1)
    return there


_kept: list[int] = []


def grow(_: int) -> list[int]:
    """Return one object again and again, changed each time."""
    _kept.append(len(_kept))
    return _kept


def wait_for(path: str) -> str:
    """Run until the file is there."""
    deadline = time.monotonic() + 60
    while not Path(path).exists() and time.monotonic() < deadline:
        time.sleep(0.001)
    return path


def wait_at_last(path: object) -> object:
    """Return what is no path; wait for a file."""
    return wait_for(path) if isinstance(path, str) else path


def wait_at(gate: str, told: str, slow: int, x: int) -> int:
    """Wait for the file *gate* at one input, once the worker's id is in the file *told*."""
    if x == slow:
        Path(told).write_text(str(os.getpid()))
        wait_for(gate)
    return x


def log_and_rest(log: str, x: int) -> int:
    """Leave a line; now and then take much longer than usual."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{x}\n".encode())
    os.close(handle)
    if x % 61 == 0:
        time.sleep(x * 7919 % 13 / 1000)
    return x


def wait_and_fail(path: str) -> None:
    """Raise once the file is there."""
    wait_for(path)
    raise ValueError(path)


def spoil_socket(_: int) -> int:
    """Write to the descriptor by which this worker tells its results."""
    from mpdiag.pool._ends import _open

    (number,) = _open
    os.write(number, b"this is no frame, and longer than the head of one")
    time.sleep(60)
    return 0


def note(log: str, line: object) -> None:
    """Add a line to a file that several processes write to."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def close_all(log: str) -> int:
    """Close what was inherited, and more, as a careless daemon does."""
    note(log, "ran")
    os.closerange(3, 65_536)
    return 0


def close_some(x: int) -> int:
    """Close what was inherited, as the recipes for daemons say."""
    os.closerange(3, 256)
    return x


def in_pool_of_its_own(n: int) -> list[int]:
    """Use a pool inside of a worker."""
    from mpdiag import ProcessPoolExecutor

    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(plus_one, range(n)))


def tell_start(path: str) -> str:
    """Leave the id of this process, and never end."""
    Path(path).write_text(str(os.getpid()))
    while True:
        time.sleep(60)


def size_of(value: bytes) -> int:
    """Return the length of the argument."""
    return len(value)


def bytes_of(size: int) -> bytes:
    """Return a value of that length."""
    return bytes(size)


def leave(code: int) -> None:
    """Call sys.exit."""
    sys.exit(code)


class Unloadable:
    """Pickles, and cannot be read again."""

    def __reduce__(self) -> tuple[object, ...]:
        return _raise, ()


def _raise() -> None:
    raise ValueError("cannot be read")


def unloadable(_: int) -> Unloadable:
    """Return what its reader cannot read."""
    return Unloadable()


def bad_start() -> None:
    """Fail as an initializer."""
    raise ValueError("no start")


def put_twice(queue: Any, x: int) -> str:
    """Put into a queue that came as an argument."""
    queue.put(2 * x)
    return str(queue.how)


def put_inherited(x: int) -> None:
    """Put into a queue that the worker was given at its start."""
    from mpdiag import inherited

    inherited("results").put(x)


def exit_at_start() -> None:
    """End a worker before it comes to a task."""
    os._exit(3)


def leave_child(path: str) -> int:
    """Fork a child that outlives this worker, until the file is there; return its id."""
    pid = os.fork()
    if pid == 0:
        wait_for(path)
        os._exit(0)
    return pid


def fork_and_leave(x: int) -> int:
    """Fork inside of a task; the child leaves by an exception, through the pool's own loop."""
    if os.fork() == 0:
        sys.exit(0)
    os.wait()
    return x


def count_to(path: str, enough: int) -> int:
    """Note one more run in a file; raise until there are enough."""
    runs = note_run(path)
    if runs < enough:
        raise ValueError(runs)
    return runs


def note_and_die(path: str) -> None:
    """Note the run in a file, and kill this worker."""
    note_run(path)
    os.kill(os.getpid(), signal.SIGKILL)


def note_run(path: str) -> int:
    """Note one more run in a file; return how many there were."""
    with Path(path).open("a") as file:
        file.write("x")
        return file.tell()


def sleep_at(bad: int, x: int) -> int:
    """Take for ever with one input."""
    if x == bad:
        time.sleep(600)
    return x


_held: list[bytes] = []


def hold(size: int) -> int:
    """Keep so many bytes for good; return the id of the worker."""
    _held.append(b"x" * size)
    return os.getpid()


def swell_at(bad: int, x: int) -> int:
    """Take 400 MB and the rest of the time with one input."""
    if x == bad:
        _held.append(b"x" * 400_000_000)
        time.sleep(600)
    return x


def note_number(path: str, x: int) -> int:
    """Note in a file, which others write too, that the task of this number ran."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, b"%d\n" % x)
    os.close(handle)
    return x


def fork_at(log: str, leave: str, item: tuple[int, int]) -> int:
    """Leave a line; for one input fork, and let both go on."""
    bad, x = item
    note(log, x)
    if x == bad and os.fork() == 0:
        util.Finalize(None, note, (log, "left"), exitpriority=1)
        if leave == "raise":
            raise ZeroDivisionError
        if leave == "exit":
            sys.exit(0)
    return x


def storm() -> None:
    """Have signals come all the time, which do nothing."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)


def observe(how: str) -> str:
    """Leave a trace or profile function switched on, as coverage does."""

    def see(*_: object) -> Any:
        return see

    getattr(sys, how)(see)
    return how


def deep(where: str) -> object:
    """Go deeper than the interpreter does: here, in a result, or in a value to be handed over."""
    if where == "call":
        return deep(where)
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    return value


def limit_memory(size: int) -> None:
    """Have no more than that on top of what is taken."""
    import resource

    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + size, taken + size))


def exhaust(size: int) -> int:
    """Take that much memory at once, or all that there is, step by step."""
    if size:
        return len(bytes(size))
    held: list[object] = []
    while True:
        held.append(bytes(10_000))
