"""The user asked for something that is not there."""

from __future__ import annotations

from ._root import UsageError


class NoSuchFault(UsageError):
    """No fault, run or occurrence in the store has this ID."""

    slug = "no-such-fault"
    remedy = "See what there is: mpdiag ls."


class AmbiguousFault(UsageError):
    """The ID of a run that has several faults."""

    slug = "ambiguous-fault"
    remedy = "Name one of them: mpdiag show ID."


class UnknownSetting(UsageError):
    """A place that sets options names one that does not exist."""

    slug = "unknown-setting"
    remedy = "Correct the name, or take it out."

    def __init__(
        self, name: str, *, origin: str, near: str = "", known: tuple[str, ...] = ()
    ) -> None:
        hint = f"; did you mean {near}?" if near else ""
        if not near and known:
            hint = f"; the settings are {', '.join(known)}"
        super().__init__(f"{origin} sets {name}, which mpdiag does not know{hint}")


class WrongSetting(UsageError):
    """A setting has a value that it cannot have."""

    slug = "wrong-setting"
    remedy = "Correct the value, or take it out for the default."

    def __init__(self, name: str, value: object, *, origin: str, allowed: str) -> None:
        super().__init__(f"{name} must be {allowed}, but {origin} sets it to {str(value)[:80]!r}")


class SettingsUnreadable(UsageError):
    """The nearest pyproject.toml cannot be read, so the settings in it are not known."""

    slug = "settings-unreadable"
    remedy = "Repair the file, or run from a folder that it does not cover."

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"cannot read the settings in {path}: {why}")


class NothingToRun(UsageError):
    """The command line of ``mpdiag run`` names no program."""

    slug = "nothing-to-run"
    remedy = "Name one: mpdiag run script.py, or mpdiag run -m module."

    def __init__(self, why: str = "no program is named") -> None:
        super().__init__(f"nothing to run: {why}")


class NoSuchProgram(UsageError):
    """No file has the name that was given as the program."""

    slug = "no-such-program"
    remedy = "Name a file, or a module with -m."

    def __init__(self, path: str, *, hint: str = "") -> None:
        super().__init__(f"there is no file {path!r} to run" + (f"; {hint}" if hint else ""))


class ProgramUnreadable(UsageError):
    """The program is there, and Python could not read it."""

    slug = "program-unreadable"
    remedy = "Name a script that this user can read, or a folder with a __main__.py."

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"cannot run {path!r}: {why}")


class NoSuchModule(UsageError):
    """No module has the name that was given with -m."""

    slug = "no-such-module"
    remedy = "Name a module that Python finds from this folder, or a file."

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no module {name!r} to run, or it is a package without __main__")


class NotPython(UsageError):
    """The program cannot be read as Python, so nothing can be said about it."""

    slug = "not-python"
    remedy = "Correct it, or check it with the Python that it is written for."

    def __init__(self, file: str, line: int, why: str) -> None:
        from platform import python_version

        place = f"{file}:{line}" if line else file
        super().__init__(f"{place} is not valid in Python {python_version()}: {why}")


class InterpreterNotStarted(UsageError):
    """The Python that should run the program cannot be executed."""

    slug = "interpreter-not-started"
    remedy = "Name another one with --python, or leave it out for the one that runs mpdiag."

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"cannot start the interpreter {path!r}: {why}")


class EventsUnwritable(UsageError):
    """The place that was given for events cannot be written."""

    slug = "events-unwritable"
    remedy = "Name a file in a folder that is there, - for standard error, or fd:N."

    def __init__(self, target: str, why: object) -> None:
        reason = getattr(why, "strerror", None) or str(why)
        super().__init__(f"cannot write events to {target!r}: {reason}")


class NoLiveRun(UsageError):
    """There is no running program to look at, or more than one."""

    slug = "no-live-run"
    remedy = "Start it with `mpdiag run`, or name the process id of the run that is meant."


class NotReplayable(UsageError):
    """Too little of a fault is kept to call its target again, or its function forbids it."""

    slug = "not-replayable"
    remedy = "See what is kept: mpdiag show ID."

    def __init__(self, fault: str, why: str) -> None:
        super().__init__(f"{fault} cannot be called again: {why}")


class NotReproduced(UsageError):
    """The fault does not come back when its target is called alone with the same inputs."""

    slug = "not-reproduced"
    remedy = "See on what it depends: mpdiag flaky ID."
    exit_code = 1

    def __init__(self, fault: str, what: str) -> None:
        super().__init__(f"{fault} does not come back by a call alone, as it was recorded: {what}")


class NotTrusted(UsageError):
    """A fault is not, to the byte, what this user recorded: loading it may run others' code."""

    slug = "not-trusted"
    remedy = "If you know where it comes from, say --trust: once for each fault."

    def __init__(self, fault: str, act: str) -> None:
        why = "it came with a bundle, a clone or a spool, or was changed since"
        super().__init__(
            f"{fault} was not recorded by this user as it stands here ({why}), and to {act} mpdiag "
            "loads a pickle, which can run any code"
        )


class NothingToDebug(UsageError):
    """Neither a stack nor the target of a fault is known."""

    slug = "nothing-to-debug"
    remedy = "See what is kept: mpdiag show ID."

    def __init__(self, fault: str) -> None:
        super().__init__(f"{fault} has no frames to look into: its worker had no task")


class NotAgreed(UsageError):
    """Code of the user would run several times, and there is no terminal to ask at."""

    slug = "not-agreed"
    remedy = "Say --yes."

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}, and there is no terminal to ask at")


class NoTest(UsageError):
    """A fault cannot be made into a test that fails as the fault did."""

    slug = "no-test"
    remedy = "Call it again from its recording: mpdiag replay ID."

    def __init__(self, fault: str, why: str) -> None:
        super().__init__(f"{fault} cannot be made into a test: {why}")
