"""``limits.value_bytes`` holds for failures and crashes alike, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.testing import run_command, run_program

pytestmark = pytest.mark.programs

SCRIPT = """
    import multiprocessing, os

    def work(data, deed):
        if deed == "die":
            os.abort()
        raise ValueError("no")

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            for deed in ("raise", "die"):
                try:
                    pool.apply(work, (b"x" * 1_500_000, deed))
                except Exception:
                    pass
"""


@pytest.mark.parametrize(
    ("limit", "words"), [("1 MiB", "kept as text only"), ("2 MiB", ", unmasked; never loaded")]
)
def test_an_input_is_kept_up_to_the_limit(tmp_path: Path, limit: str, words: str) -> None:
    """Above it there is text alone, and `show` says so; a higher limit keeps the whole."""
    settings = f'[tool.mpdiag.limits]\nvalue_bytes = "{limit}"\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    done = run_program(SCRIPT, folder=tmp_path)
    assert sorted(fault["kind"] for fault in done.faults) == ["crash", "failure"]
    for fault in done.faults:
        command = [done.python, "-m", "mpdiag", "show", fault["id"]]
        shown = run_command(command, folder=tmp_path, deadline=30).stdout
        assert words in shown
        assert "(1,500,000 bytes)" in shown
