"""Every fault of the zoo, in every kind of worker, under every start method.

One program does all faults of the table, each in a pool of its own with one bad input among 200.
Those that a limit ends are for our pools alone, which have limits.
"""

from __future__ import annotations

import json
import sys
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mpdiag.reports import render_fault
from mpdiag.store import Store
from mpdiag.testing import FAULTS, Deed, Program, run_command, run_program

pytestmark = [pytest.mark.processes, pytest.mark.slow]

SCRIPT = """
    import functools, json, mpdiag, multiprocessing, sys
    from concurrent.futures import ProcessPoolExecutor
    from mpdiag.testing import FAULTS, at

    def by_pool(context, name, limits):
        with context.Pool(2) as pool:
            asked = [pool.apply_async(at, (137, name, i)) for i in range(200)]
            return [outcome(one.get, 30) for one in asked]

    def by_map(context, name, limits):
        with context.Pool(2) as pool:
            found = outcome(pool.map_async(functools.partial(at, 137, name), range(200), 5).get, 30)
            return [found]

    def by_executor(context, name, limits):
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            asked = [pool.submit(at, 137, name, i) for i in range(200)]
            return [outcome(one.result, 30) for one in asked]

    def by_our_executor(context, name, limits):
        with mpdiag.ProcessPoolExecutor(2, mp_context=context, **limits) as pool:
            asked = [pool.submit(at, 137, name, i) for i in range(200)]
            found = [outcome(one.result, 30) for one in asked]
        return found + list(map(known, pool.faults))

    def by_our_pool(context, name, limits):
        with mpdiag.Pool(2, context=context, **limits) as pool:
            results = pool.imap(functools.partial(at, 137, name), range(200))
            found = [outcome(results.next, 30) for _ in range(200)]
        return found + list(map(known, pool.faults))

    def by_process(context, name, limits):
        process = context.Process(target=at, args=(137, name, 137))
        process.start()
        process.join(30)
        return [f"exit {process.exitcode}"]

    def known(fault):
        return [fault.kind, fault.verdict.cause.value if fault.verdict else "raised"]

    def outcome(get, *args):
        try:
            get(*args)
        except BaseException as error:
            kinds = [c.__qualname__ for c in type(error).__mro__]
            return [kinds, str(error)[:500], getattr(error, "__notes__", [])]
        return "ok"

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        kind = sys.argv[2]
        deeds = [deed for deed in FAULTS if not deed.limits or kind.startswith("our_")]
        run = globals()["by_" + kind]
        print(json.dumps({deed.name: run(context, deed.name, deed.limits) for deed in deeds}))
"""

ENDING = [deed for deed in FAULTS if not deed.limits]
OURS = ("our_executor", "our_pool")
KINDS = ("pool", "map", "executor", "process", *OURS)


@cache
def program(method: str, kind: str, folder: Path) -> tuple[Program, dict[str, Any]]:
    """Return the run of all faults, and what the callers got; made once."""
    place = folder / f"{method}-{kind}"
    place.mkdir()
    done = run_program(SCRIPT, method, kind, folder=place, deadline=100)
    assert done.exit_code == 0, done.stderr
    return done, json.loads(done.stdout)


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of all tests here run."""
    return tmp_path_factory.mktemp("zoo")


def fault_of(done: Program, deed: Deed) -> dict[str, Any]:
    """Return the one fault whose inputs name the deed."""
    found = [one for one in done.faults if deed.name in one["inputs"].get("name", "")]
    if not found:  # a bare process that left no more than its arguments as text
        found = [one for one in done.faults if repr(deed.name) in str(one["inputs"])]
    assert len(found) == 1, [(one["id"], one["error"], one["inputs"]) for one in found]
    return found[0]


def in_full(done: Program, fault: str) -> str:
    """Return what ``mpdiag show`` prints."""
    found = Store.open(done.folder / ".mpdiag").fault(fault)
    return "\n".join(render_fault(found.fault, found.run))


def happens(deed: Deed, kind: str) -> bool:
    """Whether the fault exists there: a bare process has no result, and may be interrupted."""
    if deed.limits:
        return kind in OURS
    return kind != "process" or deed.name not in {
        "unpicklable_result",
        "unloadable_result",
        "interrupt",
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("deed", FAULTS, ids=lambda deed: deed.name)
def test_the_report_names_cause_and_input(
    deed: Deed, kind: str, start_method: str, zoo: Path
) -> None:
    """One bad input of 200: the fault is named with its kind, its words and that input."""
    if not happens(deed, kind):
        return
    done, _ = program(start_method, kind, zoo)
    fault = fault_of(done, deed)
    assert fault["kind"] == deed.kind
    said = " ".join(in_full(done, fault["id"]).split())
    for words in deed.words:
        assert words in said
    shown = fault["inputs"]
    assert "137" in (shown.get("value") or str(shown))
    assert fault["worker"]["pid"] > 0
    if deed.limits:
        assert f"cause {deed.cause.value}, proven" in said
    if deed.signal is not None:
        assert fault["exit"]["signal"] is not None
    if kind != "process" and not (kind in OURS and deed.name == "unloadable_result"):
        # what cannot be read is told by who reads it
        assert fault["worker"]["number"] is not None
    if kind in {"map", "our_pool"}:
        assert fault["task"]["index"] == 137


@pytest.mark.parametrize("deed", ENDING, ids=lambda deed: deed.name)
def test_one_bad_task_costs_a_pool_no_other(deed: Deed, start_method: str, zoo: Path) -> None:
    """Of 200 tasks handed to a stock Pool one by one, 199 give their result; none hangs."""
    _, outcomes = program(start_method, "pool", zoo)
    results = outcomes[deed.name]
    assert [i for i, one in enumerate(results) if one != "ok"] == [137]
    kinds, _, notes = results[137]
    assert "TimeoutError" not in kinds
    assert any("137" in note for note in notes), notes


@pytest.mark.parametrize("kind", OURS)
@pytest.mark.parametrize("deed", FAULTS, ids=lambda deed: deed.name)
def test_one_bad_task_costs_ours_no_other(
    deed: Deed, kind: str, start_method: str, zoo: Path
) -> None:
    """Of 200 tasks in our pools 199 give their result, whatever the one did."""
    _, outcomes = program(start_method, kind, zoo)
    check_outcomes(deed, outcomes[deed.name][:200])


@pytest.mark.parametrize("kind", [pytest.param(OURS[0], marks=pytest.mark.wide), OURS[1]])
def test_our_pools_need_no_run_for_it(kind: str, start_method: str, tmp_path: Path) -> None:
    """The same under plain Python, where the pool itself has what went wrong."""
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT))
    command = [sys.executable, "script.py", start_method, kind]
    done = run_command(command, folder=tmp_path, deadline=100)
    assert done.exit_code == 0, done.stderr
    for deed in FAULTS:
        found = json.loads(done.stdout)[deed.name]
        check_outcomes(deed, found[:200])
        if deed.name != "unloadable_result":  # of which no worker knows
            cause = deed.cause.value if deed.kind == "crash" else None
            assert [(one[0], cause and one[1]) for one in found[200:]] == [(deed.kind, cause)]


def check_outcomes(deed: Deed, results: list[Any]) -> None:
    """Check that of the tasks of our pools one failed, as *deed* has it, and says which."""
    assert [i for i, one in enumerate(results) if one != "ok"] == [137], deed
    kinds, said, notes = results[137]
    assert ("TimeoutError" in kinds) == ("task_timeout" in deed.limits)
    assert any("137" in note for note in notes), notes
    if deed.limits:
        assert "WorkerCrashed" in kinds
        assert deed.words[0].partition(":")[0] in said


@pytest.mark.parametrize("deed", ENDING, ids=lambda deed: deed.name)
def test_an_executor_blames_the_guilty_task(deed: Deed, start_method: str, zoo: Path) -> None:
    """The future of the bad input fails with a note that names it."""
    _, outcomes = program(start_method, "executor", zoo)
    results = outcomes[deed.name]
    assert results[137] != "ok"
    _, _, notes = results[137]
    assert any("137" in note for note in notes), notes
    if deed.kind == "failure" and deed.name != "exit_call":
        assert [i for i, one in enumerate(results) if one != "ok"] == [137]


def test_the_table_is_whole() -> None:
    """The script's table is this one: no fault of the zoo is left out."""
    assert len({deed.name for deed in FAULTS}) == len(FAULTS) > 15
