"""A fault as a test in a file: written only if pytest saw it fail as it should."""

from __future__ import annotations

import ast
import base64
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from shutil import copymode
from typing import Any

from ...errors import NoTest
from ...model import Failure
from .._calls import environment_of, request_of
from .._plan import Plan
from ..trial._process import end, run_child
from ._case import HEADER, STYLES, Case, Style, compose, is_unsendable, pickle_file

# Seconds that pytest may take beyond the call: to start, and to collect a large conftest.
_PYTEST = 60.0
_NO_PYTEST = 97
_RUN = (
    "import sys\n"
    "sys.path[:1] = []\n"
    "try: import pytest\n"
    f"except ImportError: sys.exit({_NO_PYTEST})\n"
    "sys.exit(pytest.main(sys.argv[1:]))\n"
)


class Seen(Enum):
    """What pytest said of a test."""

    FAILED_AS_EXPECTED = "it fails as recorded, and turns red once the bug is fixed"
    NOT_RUN = "it was not run: pytest is not installed here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A test that now stands in a file."""

    file: Path
    name: str
    seen: Seen
    beside: Path | None = None
    """The file that holds the inputs, where they could not be written down."""
    why: str = ""
    """Why not."""


def write_test(plan: Plan, file: Path) -> Written:
    """Add a test to *file* that makes the call of *plan*, and expects it to fail.

    It is run up to three times, in ever less plain forms, until it fails as recorded.

    Raises:
        NoTest: there can be no such test, or it does not fail as recorded.
    """
    source = _source(plan, file)
    parts = _parts(plan)
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = pickle_file(plan, file) if parts["pickle"] is not None else None
    new = beside is not None and not beside.exists()
    if beside is not None:
        beside.write_bytes(base64.b64decode(parts["pickle"]))
    try:
        case, seen = _first_that_fails(plan, parts, source, file)
    except BaseException:
        if beside is not None and new:
            beside.unlink()
        raise
    return Written(file=file, name=case.name, seen=seen, beside=beside, why=parts["why"])


def _first_that_fails(
    plan: Plan, parts: Mapping[str, Any], source: str, file: Path
) -> tuple[Case, Seen]:
    """Put the plainest test that fails as recorded into its place."""
    said = ""
    for style in STYLES:
        case = compose(plan, parts, source, file, style)
        draft = file.with_name(f"test_draft_{secrets.token_hex(4)}.py")
        try:
            draft.write_text(case.text, "utf-8")
            seen, said = _try(plan, case, draft)
            if seen is Seen.NOT_RUN and style == Style() and _is_by_path(parts):
                continue  # unseen, the form that depends on less
            if seen is not None:
                _put(draft, file)
                return case, seen
        finally:
            draft.unlink(missing_ok=True)
    raise NoTest(plan.fault.id, f"the test did not fail as recorded; pytest says: {said}")


def _source(plan: Plan, file: Path) -> str:
    """Return what *file* holds, or what a new one begins with."""
    if file.suffix != ".py":
        raise NoTest(plan.fault.id, f"{file} is no Python file")
    try:
        source = file.read_text("utf-8") if file.exists() else ""
        ast.parse(source)
    except (OSError, ValueError, SyntaxError) as error:
        raise NoTest(plan.fault.id, f"{file} cannot be added to: {error}") from error
    return source if source.strip() else HEADER


def _parts(plan: Plan) -> dict[str, Any]:
    """Return what a child that imported the program knows of the call."""
    first = plan.occurrence
    is_raised = isinstance(first, Failure) and not is_unsendable(plan)
    raises = first.error.type if isinstance(first, Failure) and is_raised else ""
    request = {**request_of(plan), "raises": raises}
    answer = run_child(request, environment_of(plan, os.environ), quiet=True).answer
    if answer["step"] != "case":
        raise NoTest(plan.fault.id, answer.get("why") or "its program could not be imported")
    return dict(answer["case"])


def _is_by_path(parts: Mapping[str, Any]) -> bool:
    return any(home and "-packages" not in Path(home).name for home in parts["homes"].values())


def _try(plan: Plan, case: Case, draft: Path) -> tuple[Seen | None, str]:
    """Return what pytest says of a test, and the line that says why if it does not fail."""
    environ = {**environment_of(plan, os.environ), "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-q", "-rxX", "--tb=short", "--color=no", "-p", "no:cacheprovider"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _RUN, *options, f"{draft}::{case.name}"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            process.wait(plan.deadline + _PYTEST)
        except subprocess.TimeoutExpired:
            return None, "nothing within its deadline"
        finally:
            end(process)
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    if process.returncode == _NO_PYTEST:
        return Seen.NOT_RUN, ""
    if re.search(rf"^XFAIL .*::{case.name}\b", said, re.MULTILINE):
        return Seen.FAILED_AS_EXPECTED, ""
    return None, _reason(said)


def _reason(said: str) -> str:
    """Return the line of pytest's output that says most."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line[1:].strip() for line in lines if line.startswith("E  ")]
    return next(iter(errors or lines[-1:]), "nothing")[:200]


def _put(draft: Path, file: Path) -> None:
    """Let *draft* take the place of *file*, also where that is a link."""
    place = file.resolve()
    if place.exists():
        copymode(place, draft)
    draft.replace(place)
