"""What a second call could not restore, and what has changed, is known before it is made."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mpdiag.evidence import git_revision, source_hashes
from mpdiag.model import Failure, Fault, Origin, Run
from mpdiag.replay import Plan, make_plan
from store.samples import failure, fault, run_of

ENCODED = b"\x80\x04)}\x86."


def recorded(place: Path, *, method: str = "spawn", **about: object) -> tuple[Fault, Run]:
    """Return a fault of a program in *place*, and its run."""
    first = failure(encoded=ENCODED)
    first = replace(first, worker=replace(first.worker, start_method=method))
    origin = Origin(cwd=str(place), argv=("script.py",), path=(str(place),))
    run = replace(run_of("k7f2"), environment={}, origins={"8100": origin})
    return fault("k7f2", 1, first), replace(run, **about)  # type: ignore[arg-type]


def planned(given: tuple[Fault, Run], environ: dict[str, str] | None = None) -> Plan:
    """Return the plan for a fault, made in this environment."""
    return make_plan(*given, environ or {})


def with_origin(given: tuple[Fault, Run], **changes: object) -> tuple[Fault, Run]:
    """Return a fault whose program was somewhere else."""
    one, run = given
    origin = replace(run.origins["8100"], **changes)  # type: ignore[arg-type]
    return one, replace(run, origins={"8100": origin})


@pytest.mark.parametrize(("method", "said"), [("fork", True), ("spawn", False)])
def test_memory_at_a_fork_is_missing_after_a_fork_alone(
    tmp_path: Path, method: str, said: bool
) -> None:
    """A spawned worker had no more than a replay has."""
    missing = planned(recorded(tmp_path, method=method)).missing
    assert any("when it forked" in text for text in missing) is said


def test_an_initializer_is_missing_in_a_pool_alone(tmp_path: Path) -> None:
    """A bare process has none, and no tasks before."""
    one, run = recorded(tmp_path)
    assert any("an initializer of the pool" in text for text in planned((one, run)).missing)
    assert isinstance(one.first, Failure)
    task = replace(one.first.task, label="Process")
    bare = replace(one, first=replace(one.first, task=task))
    assert not any("an initializer" in text for text in planned((bare, run)).missing)


def test_what_nobody_can_restore_is_always_said(tmp_path: Path) -> None:
    """Files, sockets, locks and random state."""
    words = "open files, sockets, locks and the state of random generators"
    assert words in planned(recorded(tmp_path)).missing


def test_variables_that_are_not_set_are_named(tmp_path: Path) -> None:
    """Six by name and the rest as a number; those that are set, and ours, are none of them."""
    names = [f"APP_{letter}" for letter in "ABCDEFGH"]
    card = {"other variables": ", ".join([*names, "MPDIAG_RUN", "HOME"])}
    (said,) = (
        text
        for text in planned(recorded(tmp_path, environment=card), {"HOME": "/"}).missing
        if text.startswith("variables")
    )
    assert said == (
        "variables that are not set now: APP_A, APP_B, APP_C, APP_D, APP_E, APP_F and 2 more"
    )


def test_variables_that_were_recorded_are_set(tmp_path: Path) -> None:
    """But for our own, and for those whose value is masked."""
    card = {"env TZ": "UTC", "env MPDIAG_RUN": "x", "env PYTHONPATH": "/x:<masked>"}
    assert planned(recorded(tmp_path, environment=card)).environment == {"TZ": "UTC"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cwd": "/no/such/place"}, "the folder /no/such/place, which is not here"),
        ({"path": ("/no/a", "/no/b", "/no/lib.zip", "")}, "/no/a and 1 more of sys.path"),
        ({"path": ("/no/a",)}, "/no/a of sys.path"),
        ({"argv": ("x", "--key=<masked>")}, "arguments of the program that are masked"),
    ],
)
def test_another_machine_is_said(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    """Folder, path and arguments that are not here."""
    assert words in planned(with_origin(recorded(tmp_path), **changes)).missing


def test_another_python_is_said(tmp_path: Path) -> None:
    """With both versions."""
    missing = planned(recorded(tmp_path, environment={"python": "2.7.18"})).missing
    assert any(text.startswith("Python 2.7.18: this is 3.") for text in missing)


def test_files_are_held_against_what_they_were(tmp_path: Path) -> None:
    """Unchanged ones are not named; of others what became of them."""
    same, other = tmp_path / "same.py", tmp_path / "other.py"
    same.write_text("a = 1\n", "utf-8")
    other.write_text("b = 1\n", "utf-8")
    sources = source_hashes([str(same), str(other)])
    assert planned(recorded(tmp_path, sources=sources)).changed == ()
    other.write_text("b = 2\n", "utf-8")
    written = {str(same): "", "/no/such/x.py": "0" * 64}
    changed = planned(recorded(tmp_path, sources={**sources, **written})).changed
    assert sorted(changed) == [
        "/no/such/x.py is not here",
        "other.py was changed since",
        "same.py was written while the program ran",
    ]


def test_another_revision_is_said(tmp_path: Path) -> None:
    """Where the folder is under git, and was."""
    identity = ["-c", "user.name=x", "-c", "user.email=x@y.invalid"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, timeout=30)
    now = git_revision(str(tmp_path))
    assert planned(recorded(tmp_path, environment={"git revision": now})).changed == ()
    then = "0123456789abcdef0123456789abcdef01234567"
    changed = planned(recorded(tmp_path, environment={"git revision": then})).changed
    assert changed == (f"git is at {now[:12]}, and was at 0123456789ab",)
