"""A fault that was recorded by somebody else comes back, once they are trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from .recorded import command, record, replayed, two_folders

pytestmark = pytest.mark.programs


@pytest.mark.wide
def test_an_imported_fault_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exported, imported by another user, shown without its program, and replayed with --trust."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "fork", "pool", "keyerror")
    file = str(tmp_path / "fault.mpdiag")
    done = command("export", "--output", file, store=folder, folder=tmp_path)
    assert "inputs    " in done.stderr
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    taken = command("import", file, store=elsewhere, folder=tmp_path)
    assert "KeyError: 'that' in keyerror(record)" in taken.stdout

    refused = replayed(elsewhere, tmp_path)
    assert refused.exit_code == 2
    assert "was not recorded by this user" in refused.stderr
    assert "loads a pickle, which can run any code" in refused.stderr
    assert "same fault: KeyError: 'that'" in replayed(elsewhere, tmp_path, "--trust").stderr
    assert "same fault" in replayed(elsewhere, tmp_path).stderr

    (folder / "script.py").unlink()
    shown = command("show", store=elsewhere, folder=tmp_path).stdout
    assert 'total * record["that"]' in shown
    assert "imported  " in shown
    gone = replayed(elsewhere, tmp_path)
    assert "changed   script.py is not here" in gone.stderr
    assert "not called: " in gone.stderr
    assert gone.exit_code == 1
