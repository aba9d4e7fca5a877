"""What looks like a secret, or has a secret's name, is masked in everything shown or stored."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from mpdiag.testing import Program, run_command, run_program

pytestmark = pytest.mark.programs

SCRIPT = """
    import multiprocessing, os, sys

    URL = "postgres://bob:HUSH-url@db.example/x"
    JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.HUSH_jwt_SflKxwRJSMeKKF2QT4"
    PEM = "-----BEGIN RSA PRIVATE KEY-----\\nHUSHpembody\\n-----END RSA PRIVATE KEY-----"
    LOOKS = f"x {URL} y Bearer HUSH-bearer-0123456789 z {JWT} AKIAHUSHIOSFODNN7EXAMPLE {PEM}"

    def work(deed, record, password="HUSH-default"):
        token = "HUSH-local"
        settings = {"api_key": "HUSH-nested", "deep": [{"pin": "HUSH-own-name"}], "looks": LOOKS}
        print(LOOKS)
        print(LOOKS, file=sys.stderr)
        if deed == "die":
            os.abort()
        error = ValueError("message " + LOOKS)
        if hasattr(error, "add_note"):
            error.add_note("note " + LOOKS)
        raise error from RuntimeError("cause " + LOOKS)

    if __name__ == "__main__":
        record = {"password": "HUSH-input", "looks": LOOKS, b"raw": LOOKS.encode()}
        with multiprocessing.Pool(1) as pool:
            for deed in ("raise", "die"):
                try:
                    pool.apply(work, (deed, record), {"password": "HUSH-keyword"})
                except Exception:
                    pass
        for deed in ("raise", "die"):
            process = multiprocessing.Process(target=work, args=(deed, record, "HUSH-argument"))
            process.start()
            process.join()
"""
ARGUMENTS = ("--password", "HUSH-word", "--token=HUSH-value", "https://joe:HUSH-argv@example")
ENVIRONMENT = {
    "PYTHONWHATEVER": "https://a:HUSH-env@example",
    "PYTHON_PASSWORD": "HUSH-env",
    "DATABASE_URL": "postgres://u:HUSH-env@example",
}


def everything(done: Program) -> dict[str, str]:
    """Return all that can be read of a run without loading a pickle, by where it stands."""
    texts = {
        "report": done.report,
        "events": (done.folder / "events").read_text("utf-8"),
    }
    for fault in done.faults:
        command = [done.python, "-m", "mpdiag", "show", fault["id"]]
        shown = run_command(command, folder=done.folder, deadline=30)
        texts[fault["id"]] = shown.stdout
        texts[fault["id"] + " as JSON"] = json.dumps(fault)
    with sqlite3.connect(done.folder / ".mpdiag" / "mpdiag.sqlite3") as connection:
        texts["store"] = "\n".join(connection.iterdump())
    connection.close()
    return texts


@pytest.mark.parametrize(
    "values", ["full", *(pytest.param(one, marks=pytest.mark.wide) for one in ("text", "none"))]
)
def test_no_secret_is_shown_or_stored_as_text(tmp_path: Path, values: str) -> None:
    """Inputs, locals, messages, notes, output, argv, events and environment are all masked."""
    (tmp_path / "pyproject.toml").write_text('[tool.mpdiag]\nsecret_names = ["pin"]\n')
    options = ["--values", values, "--events", "events"]
    done = run_program(
        SCRIPT, *ARGUMENTS, folder=tmp_path, options=options, environment=ENVIRONMENT
    )
    assert {fault["kind"] for fault in done.faults} == {"failure", "crash"}
    texts = everything(done)
    if values == "full":
        del texts["store"]  # its pickles cannot be masked, and the report says so
    leaks = {where: sorted(set(re.findall(r"\S*HUSH\S*", text))) for where, text in texts.items()}
    assert {where: found for where, found in leaks.items() if found} == {}
    assert "<masked>" in texts["events"]
    assert "Pool.apply_async" in texts["report"]


def test_without_values_no_value_is_kept(tmp_path: Path) -> None:
    """With ``--values none`` inputs and locals are names, types and sizes."""
    done = run_program(SCRIPT, folder=tmp_path, options=["--values", "none"])
    for fault in done.faults:
        for values in (fault["inputs"], *(frame["locals"] for frame in fault["trace"])):
            assert not any("looks" in text or "HUSH" in text for text in values.values())
        assert fault["output"] == {"stdout": "", "stderr": ""}
