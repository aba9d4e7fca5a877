"""The picture of ``mpdiag top``: whole numbers in 80 columns, the chosen worker in sight."""

from __future__ import annotations

from mpdiag.model import RunView, WorkerView
from mpdiag.reports import top_lines


def worker(number: int) -> WorkerView:
    """Return a worker with large numbers."""
    return WorkerView(
        pid=4_194_303,
        number=number,
        state="runs",
        cpu=9.99,
        memory_bytes=99_999 << 20,
        target="package.module.a_rather_long_name",
        index=1_234_567,
        seconds=86_399.0,
        done=1_234_567,
        rate=9_999.9,
        failed=12_345,
        inputs="path='/data/in/0471.tif'",
    )


def test_every_column_is_there_in_a_terminal_of_80() -> None:
    """The last column is whole, and what does not fit any more are the inputs."""
    view = RunView(at=100.0, lines=(worker(1),), done=7, failed=3, gone=0, died=(("SIGKILL", 2),))
    lines = list(top_lines(view, title="job.py", started=0.0))
    assert max(map(len, lines)) <= 80
    assert lines[-1].endswith("  12345")
    assert lines[2] == "faults so far: 3 tasks failed, 2 workers died (SIGKILL)"
    wide = list(top_lines(view, title="job.py", started=0.0, width=120))
    assert wide[-1].endswith("path='/data/in/0471.tif'")


def test_the_chosen_worker_is_in_sight() -> None:
    """With more workers than lines, those around the chosen one are shown."""
    view = RunView(at=1.0, lines=tuple(map(worker, range(1, 65))), done=0, failed=0, gone=0)
    for chosen in (0, 20, 63):
        lines = list(top_lines(view, title="job.py", started=0.0, height=22, selected=chosen))
        assert len(lines) <= 22
        assert [line for line in lines if line.startswith(f"> {chosen + 1:>2} ")]
