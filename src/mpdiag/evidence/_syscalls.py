"""In which system call a thread waits, and for what: ``/proc/PID/task/TID/syscall``."""

from __future__ import annotations

import os
import struct
import time
from dataclasses import dataclass

from . import _files

# Numbers of the calls that a stuck thread is found in.
_X86_64 = """
    0 read, 1 write, 7 poll, 16 ioctl, 17 pread64, 19 readv, 20 writev, 23 select, 34 pause,
    35 nanosleep, 40 sendfile, 42 connect, 43 accept, 44 sendto, 45 recvfrom, 46 sendmsg,
    47 recvmsg, 61 wait4, 72 fcntl, 73 flock, 74 fsync, 128 rt_sigtimedwait, 130 rt_sigsuspend,
    202 futex, 219 restart_syscall, 220 semtimedop, 230 clock_nanosleep, 232 epoll_wait,
    247 waitid, 257 openat, 270 pselect6, 271 ppoll, 275 splice, 281 epoll_pwait, 288 accept4,
    426 io_uring_enter, 441 epoll_pwait2
"""
_AARCH64 = """
    22 epoll_pwait, 25 fcntl, 29 ioctl, 32 flock, 56 openat, 63 read, 64 write, 65 readv,
    66 writev, 67 pread64, 71 sendfile, 72 pselect6, 73 ppoll, 76 splice, 82 fsync, 95 waitid,
    98 futex, 101 nanosleep, 115 clock_nanosleep, 128 restart_syscall, 133 rt_sigsuspend,
    137 rt_sigtimedwait, 192 semtimedop, 202 accept, 203 connect, 206 sendto, 207 recvfrom,
    211 sendmsg, 212 recvmsg, 242 accept4, 260 wait4, 426 io_uring_enter, 441 epoll_pwait2
"""


def _table(text: str) -> dict[int, str]:
    pairs = (item.split() for item in text.split(","))
    return {int(number): name for number, name in pairs}


_NAMES = {"x86_64": _table(_X86_64), "aarch64": _table(_AARCH64)}
_ON_DESCRIPTOR = frozenset(
    {
        "read",
        "write",
        "pread64",
        "readv",
        "writev",
        "ioctl",
        "sendfile",
        "connect",
        "accept",
        "accept4",
        "sendto",
        "recvfrom",
        "sendmsg",
        "recvmsg",
        "fcntl",
        "flock",
        "fsync",
        "epoll_wait",
        "epoll_pwait",
        "epoll_pwait2",
        "splice",
    }
)
# The position of a pointer to a timespec.
_TIMESPEC = {"nanosleep": 0, "ppoll": 2, "pselect6": 4, "rt_sigtimedwait": 2, "semtimedop": 3}
_FUTEX_BITSET, _FUTEX_REALTIME, _FUTEX_COMMAND = 9, 256, 127
_MOST_POLLED = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One system call that a thread stands in."""

    name: str
    arguments: tuple[int, ...]
    stack_pointer: int
    """0 where it was not told."""


def current_call(pid: int, tid: int, machine: str | None = None) -> Call | None:
    """Return the call that the thread stands in; None when it runs, or may not be looked at."""
    words = (_files.read(f"/proc/{pid}/task/{tid}/syscall") or "").split()
    if len(words) < 9:  # noqa: PLR2004 - number, six arguments, two pointers
        return None
    number, *rest = (int(words[0]), *(int(word, 16) for word in words[1:]))
    names = _NAMES.get(machine or os.uname().machine, {})
    return Call(name=names.get(number, "?"), arguments=tuple(rest[:6]), stack_pointer=rest[6])


def descriptors(pid: int, call: Call) -> tuple[int, ...]:
    """Return the descriptors that *call* waits on."""
    first, second = call.arguments[:2]
    if call.name.startswith("epoll"):
        info = _files.read(f"/proc/{pid}/fdinfo/{_signed(first)}") or ""
        watched = [line.split()[1] for line in info.splitlines() if line.startswith("tfd:")]
        return tuple(int(word) for word in watched)
    if call.name in _ON_DESCRIPTOR:
        return (_signed(first),)
    if call.name in {"poll", "ppoll"}:
        raw = peek(pid, first, 8 * min(second, _MOST_POLLED)) or b""
        return tuple(fd for fd, _, _ in struct.iter_unpack("ihh", raw) if fd >= 0)
    if call.name in {"select", "pselect6"}:
        return _selected(pid, call)
    return ()


def _selected(pid: int, call: Call) -> tuple[int, ...]:
    size = (call.arguments[0] + 7) // 8
    found: set[int] = set()
    for address in call.arguments[1:4]:
        raw = (peek(pid, address, size) or b"") if address and size <= _MOST_POLLED else b""
        bits = int.from_bytes(raw, "little")
        found |= {fd for fd in range(call.arguments[0]) if bits >> fd & 1}
    return tuple(sorted(found))


def child(call: Call) -> int | None:
    """Return the child that *call* waits for, where it is one."""
    if call.name == "wait4":
        pid = _signed(call.arguments[0])
    elif call.name == "waitid" and call.arguments[0] == os.P_PID:
        pid = _signed(call.arguments[1])
    else:
        return None
    return pid if pid > 0 else None


def until(pid: int, call: Call) -> float | None:
    """Return how many seconds *call* still waits at most; None where it has no timeout."""
    arguments = call.arguments
    if call.name == "poll" or call.name.startswith("epoll_"):
        timeout = _signed(arguments[2 if call.name == "poll" else 3])
        return None if timeout < 0 else timeout / 1000
    if call.name == "futex":
        command = arguments[1] & _FUTEX_COMMAND
        clock = time.CLOCK_REALTIME if arguments[1] & _FUTEX_REALTIME else time.CLOCK_MONOTONIC
        return _left(pid, arguments[3], clock if command == _FUTEX_BITSET else None)
    if call.name == "clock_nanosleep":
        return _left(pid, arguments[2], arguments[0] if arguments[1] & 1 else None)
    if call.name == "select":
        spec = _timespec(pid, arguments[4])
        return None if spec is None else spec[0] + spec[1] / 1e6
    if call.name in _TIMESPEC:
        return _left(pid, arguments[_TIMESPEC[call.name]], None)
    return None


def _left(pid: int, address: int, clock: int | None) -> float | None:
    """Return the seconds of the timespec at *address*; it is absolute where it has a *clock*."""
    spec = _timespec(pid, address)
    if spec is None:
        return None
    seconds = spec[0] + spec[1] / 1e9
    try:
        return seconds if clock is None else max(seconds - time.clock_gettime(clock), 0.0)
    except (OSError, OverflowError):
        return None


def _timespec(pid: int, address: int) -> tuple[int, int] | None:
    raw = peek(pid, address, 16) if address else None
    return struct.unpack("qq", raw) if raw is not None else None


def peek(pid: int, address: int, size: int) -> bytes | None:
    """Return *size* bytes of the memory of *pid*; None when they may not be read."""
    try:
        handle = os.open(f"{_files.ROOT}/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        raw = os.pread(handle, size, address)
    except (OSError, OverflowError):
        return None
    finally:
        os.close(handle)
    return raw if len(raw) == size else None


def _signed(word: int) -> int:
    """Return the ``int`` in the low half of a register."""
    return (word & 0xFFFFFFFF) - ((word & 0x80000000) << 1)
