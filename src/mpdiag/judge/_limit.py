"""Which limit a task ran into, with its value, and what to do about it."""

from __future__ import annotations

from dataclasses import replace

from ..evidence import LimitFacts
from ..model import Cause, Certainty, Failure, Verdict, from_plain
from ._memory import size

_Found = tuple[str, tuple[str, ...], str, Certainty]


def read_failure(envelope: dict[str, object]) -> Failure:
    """Return the failure that a worker told of in *envelope*, judged where it met a limit.

    Raises:
        TypeError, ValueError, KeyError, AttributeError: *envelope* holds no failure.
    """
    failure = from_plain(Failure, envelope)
    limit = envelope.get("limit")
    if limit is None or failure.verdict is not None:
        return failure
    return replace(failure, verdict=judge_limit(from_plain(LimitFacts, limit)))


def judge_limit(facts: LimitFacts) -> Verdict:
    """Return which limit an error was about."""
    judge = {
        "memory": _memory,
        "files": _files,
        "processes": _processes,
        "disk": _disk,
        "file size": _file_size,
    }[facts.kind]
    limit, evidence, fix, certainty = judge(facts)
    return Verdict(
        cause=Cause.OUT_OF_MEMORY if facts.kind == "memory" else Cause.RAISED,
        certainty=certainty,
        headline=f"{facts.error}: {limit}",
        evidence=evidence,
        fix=fix,
    )


def _memory(facts: LimitFacts) -> _Found:
    for name, words in (("RLIMIT_AS", "address space"), ("RLIMIT_DATA", "data")):
        limit = facts.limits.get(name)
        if limit is None:
            continue
        used = "" if facts.space_bytes is None else f"; in use: {size(facts.space_bytes)}"
        return (
            f"limit of {words} {size(limit)} ({name})",
            (f"{name} of this worker is {size(limit)}{used}",),
            "a higher limit (ulimit -v, resource.setrlimit), or less memory in each task",
            Certainty.VERY_LIKELY,
        )
    if facts.bound_bytes is None:
        return "no limit known", ("no limit of memory could be read",), "", Certainty.UNKNOWN
    used = "" if facts.used_bytes is None else f"{size(facts.used_bytes)} of "
    return (
        f"no limit is set on the worker; the {facts.bound} has {size(facts.bound_bytes)}",
        (
            f"{facts.bound}: {used}{size(facts.bound_bytes)} in use",
            "one allocation asked for more than there is, or the system refuses to overcommit",
        ),
        "less memory in each task: see the size that was asked for",
        Certainty.LIKELY,
    )


def _files(facts: LimitFacts) -> _Found:
    limit = facts.limits.get("RLIMIT_NOFILE")
    known = "unknown" if limit is None else f"{limit:,}"
    return (
        f"limit of open files {known} (RLIMIT_NOFILE)",
        (f"all {known} descriptors of this worker were in use",),
        "close files, sockets and pools that are done with, or a higher limit (ulimit -n)",
        Certainty.LIKELY if limit is None else Certainty.PROVEN,
    )


def _processes(facts: LimitFacts) -> _Found:
    fix = "fewer workers or threads at a time, or a higher limit (docker run --pids-limit)"
    if facts.pids is not None and (facts.pids[0] >= facts.pids[1] - 1 or facts.pids[2]):
        there, most, met = facts.pids
        times = f"; that limit was met {met:,} times so far (pids.events)" if met else ""
        evidence = (
            f"processes and threads of its cgroup: {there:,} of {most:,} (pids.max){times}",
        )
        return f"limit of processes {most:,} (pids.max)", evidence, fix, Certainty.VERY_LIKELY
    limit = facts.limits.get("RLIMIT_NPROC")
    if limit is not None:
        evidence = (f"this user may have {limit:,} processes and threads (RLIMIT_NPROC)",)
        fix = "fewer workers or threads at a time, or a higher limit (ulimit -u)"
        return f"limit of processes {limit:,} (RLIMIT_NPROC)", evidence, fix, Certainty.LIKELY
    evidence = ("neither RLIMIT_NPROC nor pids.max is set: the machine's own limit, or its memory",)
    return "the system has no more processes", evidence, fix, Certainty.POSSIBLE


def _disk(facts: LimitFacts) -> _Found:
    if not facts.disks:
        evidence = ("no full disk was found among its files, TMPDIR and /dev/shm",)
        return "which disk is not known", evidence, "more room where it writes", Certainty.UNKNOWN
    path, kind, free = facts.disks[0]
    shared = path.startswith("/dev/shm")  # noqa: S108 - only compared
    fix = "a larger /dev/shm (docker run --shm-size)" if shared else f"more room in {path}"
    lines = tuple(f"{p} ({k}): {size(f)} free" for p, k, f in facts.disks[:3])
    return f"no room in {path} ({kind}, {size(free)} free)", lines, fix, Certainty.VERY_LIKELY


def _file_size(facts: LimitFacts) -> _Found:
    limit = facts.limits.get("RLIMIT_FSIZE")
    known = "unknown" if limit is None else size(limit)
    evidence = (f"RLIMIT_FSIZE of this worker is {known}",)
    fix = "smaller files, or a higher limit (ulimit -f)"
    certainty = Certainty.LIKELY if limit is None else Certainty.VERY_LIKELY
    return f"limit of file size {known} (RLIMIT_FSIZE)", evidence, fix, certainty
