"""A fault that needs an earlier task comes back after that one, found in its worker's history."""

from __future__ import annotations

from pathlib import Path

import pytest

from .recorded import command, record, two_folders

pytestmark = pytest.mark.programs

PROGRAM = """
    import multiprocessing, os, signal, sys
    from concurrent.futures import ProcessPoolExecutor
    import mpdiag

    LEFT, LIMIT = [], []

    def prepare(limit):
        LIMIT.append(limit)

    def dirty(record):
        if record["id"] == 17:
            LEFT.append(record["id"])
        if record["id"] == 22 and LEFT:
            raise RuntimeError("codec state is dirty")

    def killed(record):
        if record["id"] == 17:
            LEFT.append(record["id"])
        if record["id"] == 22 and LEFT:
            os.kill(os.getpid(), signal.SIGKILL)

    def leaks(record):
        LEFT.append(record["id"])
        if len(LEFT) > LIMIT[0]:
            raise OSError(24, "Too many open files")

    def alone(record):
        if record["id"] == 22:
            raise KeyError("that")

    if __name__ == "__main__":
        method, kind, name, size = sys.argv[1:]
        context = multiprocessing.get_context(method)
        records = [{"id": number} for number in range(30)]
        if kind == "pool":
            with context.Pool(1, prepare, (20,)) as pool:
                pool.map(globals()[name], records, chunksize=int(size))
        elif kind == "our pool":
            with mpdiag.Pool(1, prepare, (20,), context=context) as pool:
                pool.map(globals()[name], records, chunksize=int(size))
        else:
            options = {"mp_context": context, "initializer": prepare, "initargs": (20,)}
            made = mpdiag.ProcessPoolExecutor if kind == "our executor" else ProcessPoolExecutor
            with made(1, **options) as pool:
                list(pool.map(globals()[name], records, chunksize=int(size)))
"""


OTHERS = ("executor", "our pool", "our executor")


@pytest.mark.parametrize(
    "kind",
    ["pool", *(pytest.param(one, marks=pytest.mark.wide) for one in OTHERS)],
)
def test_the_needed_task_is_found(start_method: str, kind: str, tmp_path: Path) -> None:
    """Of 22 earlier tasks the one that matters is named, with its input, from elsewhere."""
    folder, elsewhere = two_folders(tmp_path)
    size = "10" if "pool" in kind else "1"
    record(folder, start_method, kind, "dirty", size, source=PROGRAM)
    passed = command("replay", store=folder, folder=elsewhere)
    assert "this time the call returned" in passed.stderr
    assert passed.exit_code == 1
    done = command("replay", "--history", "--yes", store=folder, folder=elsewhere)
    assert "22 earlier tasks, inputs of 22 kept" in " ".join(done.stderr.split())
    assert "mpdiag: fails only after task 17 ran in the same process" in done.stderr
    assert "needs     task 17 (from 0), dirty, 5 tasks before it" in done.stderr
    assert "input     record = {'id': 17}" in done.stderr
    assert "alone it passes; after that task alone it failed each time" in done.stderr
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("kind", "size"),
    [pytest.param("pool", "1", marks=pytest.mark.wide), ("pool", "8"), ("our pool", "8")],
)
def test_the_history_of_a_killed_worker_outlives_it(kind: str, size: str, tmp_path: Path) -> None:
    """SIGKILL leaves the messages that were worked through, and the one that was not."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "fork", kind, "killed", size, source=PROGRAM)
    done = command("replay", "--history", "--yes", store=folder, folder=elsewhere)
    assert "mpdiag: fails only after task 17 ran in the same process" in done.stderr
    assert done.exit_code == 0


@pytest.mark.parametrize("kind", ["pool", pytest.param("our pool", marks=pytest.mark.wide)])
def test_what_leaks_needs_so_many_tasks(kind: str, tmp_path: Path) -> None:
    """A limit that an initializer set is reached after 20 tasks, whichever: both run again."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "fork", kind, "leaks", "1", source=PROGRAM)
    done = command("replay", "--history", "--yes", store=folder, folder=elsewhere)
    said = " ".join(done.stderr.split())
    assert "fails only after 20 tasks, whichever they are, ran in the same process" in said
    assert done.exit_code == 0


@pytest.mark.wide
def test_what_fails_alone_needs_no_history(tmp_path: Path) -> None:
    """The first call, alone, settles it."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "fork", "pool", "alone", "1", source=PROGRAM)
    done = command("replay", "--history", "--yes", store=folder, folder=elsewhere)
    assert "mpdiag: it needs no history: it fails alone" in done.stderr
    assert done.exit_code == 0


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory, runtime_dir: Path) -> Path:
    """Where a fault was recorded that depends on an earlier task."""
    folder = tmp_path_factory.mktemp("dirty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime_dir))
        patch.setenv("XDG_STATE_HOME", str(runtime_dir / "state"))
        record(folder, "fork", "pool", "dirty", "10", source=PROGRAM)
    return folder


@pytest.mark.parametrize("words", [("replay", "--history"), ("flaky",)])
def test_it_asks_before_it_calls(dirty: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Without a terminal to ask at, and without --yes, nothing of the program runs."""
    done = command(*words, store=dirty, folder=tmp_path)
    assert "dirty would run up to" in " ".join(done.stderr.split())
    assert "22 tasks before it" in " ".join(done.stderr.split())
    assert "--yes" in done.stderr
    assert done.exit_code == 2


def test_a_fault_of_order_is_told_from_others(dirty: Path, tmp_path: Path) -> None:
    """Alone never, after its history each time: the class, the bounds, and what to do next."""
    done = command("flaky", "--yes", store=dirty, folder=tmp_path)
    said = " ".join(done.stderr.split())
    assert "mpdiag: dependent on history" in said
    assert "0 of 10, which excludes only rates above 26 %" in said
    assert "after what its worker had run: 3 of 3" in said
    assert "--history" in said
    assert done.exit_code == 0


def test_pdb_stops_at_the_fault_after_its_history(dirty: Path, tmp_path: Path) -> None:
    """The debugger opens where the needed task has brought the fault about, with live values."""
    words = ("replay", "--history", "--pdb", "--yes")
    done = command(*words, store=dirty, folder=tmp_path, keys="p record, LEFT\nq\n")
    assert "({'id': 22}, [17])" in done.stdout
    assert "same fault: RuntimeError: codec state is dirty" in done.stderr


def test_history_makes_its_own_calls(dirty: Path, tmp_path: Path) -> None:
    """Together with --times it is refused: both say how often."""
    done = command("replay", "--history", "--times", "3", store=dirty, folder=tmp_path)
    assert "leave --times and --as-test out" in done.stderr
    assert done.exit_code == 2


RACE = """
    import multiprocessing, os, sys, time

    def exclusive(item):
        try:
            os.mkdir("busy")
        except FileExistsError:
            raise RuntimeError("somebody else is at it") from None
        until = time.monotonic() + float(sys.argv[1 + os.path.exists("recorded")])
        while time.monotonic() < until and not os.path.exists("met"):
            time.sleep(0.01)
        os.rmdir("busy")

    def report(error):
        open("met", "w").close()

    if __name__ == "__main__":
        with multiprocessing.get_context("fork").Pool(2) as pool:
            found = [pool.apply_async(exclusive, (n,), error_callback=report) for n in range(2)]
            pool.close()
            pool.join()
        os.remove("met")
        open("recorded", "w").close()
"""


@pytest.mark.wide
def test_a_race_is_told_from_others(tmp_path: Path) -> None:
    """What fails only while another call is at it depends on timing, and is told as that."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "20", "0.3", source=RACE)  # it waits for the other: no race to record a race
    done = command("flaky", "--yes", store=folder, folder=elsewhere)
    said = " ".join(done.stderr.split())
    assert "mpdiag: dependent on timing or load" in said
    assert "alone, in fresh processes: 0 of 10" in said
