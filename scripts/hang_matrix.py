"""Run every program of tests/hangs under each start method, and write docs/hangs.md anew.

python scripts/hang_matrix.py                        all of them, under this Python
python scripts/hang_matrix.py --python PATH ...      under those that have mpdiag installed
python scripts/hang_matrix.py NAME... --only fork    those alone; the others stay as they were
python scripts/hang_matrix.py --record NAME...       write their tests/hangs/moments anew

What was seen is kept in docs/hangs.json, from which the page is made.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "hangs"))

from table import TABLE, Program  # noqa: E402 - found by the line above

# Seconds without progress, and those within which it must be told.
AFTER, WITHIN = 5, 8
# Seconds after which a program of which nothing was said counts as silent.
SILENT = 14
# Seconds that a report may take to be printed, and those after which it counts as whole.
REPORT, STILL = 5, 1
DOCS, KEPT = ROOT / "docs" / "hangs.md", ROOT / "docs" / "hangs.json"
METHODS = ("fork", "spawn", "forkserver")
# Seconds after which a program stands that is recorded, and those between its two moments.
BEGUN, APART = 3.0, 1.0


@dataclass(frozen=True)
class Seen:
    """What was said of one program."""

    verdict: str
    seconds: float
    lines: int
    """Of the report, before the end of the program."""


def see(program: Program, method: str, python: str = sys.executable) -> Seen:
    """Run *program* until something is said of it, and end it."""
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events"
        command = [python, "-m", "mpdiag", "run", "--hang-after", str(AFTER)]
        command += ["--events", str(events), *program.options, str(program.path), method]
        environment = {**os.environ, "XDG_RUNTIME_DIR": folder}
        said = Path(folder) / "said"
        with said.open("w") as file:
            begun = time.monotonic()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=file,
                start_new_session=True,
            )
            try:
                verdict, seconds = await_verdict(events, process, begun)
                await_report(said)
            finally:
                end(process)
        return Seen(verdict, seconds, report_lines(said.read_text("utf-8")))


def await_verdict(
    events: Path, process: subprocess.Popen[bytes], begun: float
) -> tuple[str, float]:
    """Return the first thing that is said of hanging, and when; the loudest of its moment."""
    while (seconds := time.monotonic() - begun) < SILENT:
        found = told(events)
        if found:
            return found, seconds
        if process.poll() is not None:
            return "ended", seconds
        time.sleep(0.05)
    return "nothing", seconds


def await_report(said: Path) -> None:
    """Wait until what was said stands still: a report follows its event."""
    size, begun = -1, time.monotonic()
    last = begun
    while time.monotonic() - begun < REPORT and time.monotonic() - last < STILL:
        now = said.stat().st_size
        if now != size:
            size, last = now, time.monotonic()
        time.sleep(0.05)


def report_lines(said: str) -> int:
    """Return how many lines the report on a hang had, as it was printed while it lasted."""
    _, head, rest = said.partition("mpdiag: stuck: ")
    return len(f"{head}{rest}".partition("Ctrl-C ends")[0].splitlines())


def told(events: Path) -> str:
    """Return the verdict that stands in *events*, or nothing."""
    try:
        lines = [json.loads(line) for line in events.read_text("utf-8").splitlines()]
    except (OSError, ValueError):
        return ""
    causes = sorted({line["cause"] for line in lines if line["event"] == "hang"})
    if causes:
        return ", ".join(causes)
    quiet = [line for line in lines if line["event"] in {"slow", "waiting"}]
    return next((one["event"] if one["cause"] == "unknown" else one["cause"] for one in quiet), "")


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the runner, and everything that it started."""
    left = [process.pid, *below(process.pid)]
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()


def below(pid: int) -> list[int]:
    """Return the descendants of *pid*."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *below(int(child))]
    return found


Results = dict[str, dict[str, dict[str, Seen]]]
"""By version, program and start method."""


def load() -> Results:
    """Return what was seen before."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    return {
        version: {
            name: {method: Seen(*one) for method, one in methods.items()}
            for name, methods in programs.items()
        }
        for version, programs in kept.items()
    }


def save(results: Results) -> None:
    """Keep what was seen, and write the page."""
    plain = {
        version: {
            name: {
                method: [one.verdict, round(one.seconds, 1), one.lines]
                for method, one in programs[name].items()
            }
            for name in sorted(programs)
        }
        for version, programs in sorted(results.items(), key=lambda item: key_of(item[0]))
    }
    KEPT.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    DOCS.write_text(document(load()), encoding="utf-8")


def key_of(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by."""
    return tuple(map(int, version.split(".")))


def cell(program: Program, results: Results, method: str) -> str:
    """Return one cell of the table: what was said under every Python, and how soon."""
    if method not in program.methods:
        return "-"
    seen = {
        version: programs[program.name][method]
        for version, programs in results.items()
        if method in programs.get(program.name, {})
    }
    wrong = [
        f"**{one.verdict}** ({v})" for v, one in seen.items() if one.verdict != program.verdict
    ]
    if not seen or wrong:
        return ", ".join(wrong) or "not run"
    return f"yes, {max(one.seconds for one in seen.values()):.1f} s"


def table(results: Results) -> list[str]:
    """Return what was said of each program under each start method."""
    rows = ["| program | its trouble | fork | spawn | forkserver |", "|---|---|---|---|---|"]
    for program in TABLE:
        cells = [cell(program, results, method) for method in METHODS]
        note = f" ({program.note})" if program.note else ""
        link = f"[{program.name}](../tests/hangs/programs/{program.name}.py)"
        rows.append(f"| {link} | {program.verdict}{note} | {' | '.join(cells)} |")
    return rows


def matrix(results: Results) -> list[str]:
    """Return how often each verdict was given to each program."""
    given = {
        program.name: [
            one.verdict
            for programs in results.values()
            for one in programs.get(program.name, {}).values()
        ]
        for program in TABLE
    }
    verdicts = list(dict.fromkeys(program.verdict for program in TABLE))
    verdicts += dict.fromkeys(one for runs in given.values() for one in runs if one not in verdicts)
    letters = [chr(ord("A") + number) for number in range(len(verdicts))]
    rows = [f"| program | {' | '.join(letters)} |", f"|---|{'--:|' * len(letters)}"]
    for program in TABLE:
        counts = [str(given[program.name].count(verdict) or "") for verdict in verdicts]
        rows.append(f"| {program.name} | {' | '.join(counts)} |")
    legend = ", ".join(
        f"{letter} {verdict}" for letter, verdict in zip(letters, verdicts, strict=True)
    )
    return [*rows, "", f"{legend}."]


def document(results: Results) -> str:
    """Return the text of docs/hangs.md."""
    runs = [
        (program, one)
        for programs in results.values()
        for program in TABLE
        for one in programs.get(program.name, {}).values()
    ]
    right = sum(program.verdict == one.verdict for program, one in runs)
    hung = [one for program, one in runs if program.hangs]
    late = sum(one.seconds > WITHIN for one in hung)
    versions = ", ".join(
        f"{version} ({sum(map(len, programs.values()))} runs)"
        for version, programs in results.items()
    )
    lines = [
        "# Hangs: which are told apart",
        "",
        "Written by `scripts/hang_matrix.py`; do not edit it by hand.",
        "",
        f"Each program has exactly one trouble and ran under `mpdiag run --hang-after {AFTER}`, on",
        f"Python {versions}.",
        f"{right} of {len(runs)} runs got their own verdict. The slowest hang was told",
        f"{max(one.seconds for one in hung):.1f} s after the program was started, and {late} of",
        f"{len(hung)} were told later than {WITHIN} s: the start of the program's processes is in",
        "it, which on a loaded machine takes seconds. The longest report had",
        f"{max(one.lines for one in hung)} lines. *slow*, *waiting* and *nothing* are programs",
        "that do not hang, or of which nobody can know whether they will end: they get a sentence,",
        "or none.",
        "",
        *table(results),
        "",
        "The seconds are those of the slowest run.",
        "",
        "## Confusion matrix",
        "",
        "A row for each program, a column for each verdict: how often it was given.",
        "",
        *matrix(results),
        "",
    ]
    return "\n".join(lines)


def version_of(python: str) -> str:
    """Return the version of the interpreter at *python*."""
    code = "import platform, mpdiag; print(platform.python_version())"
    return subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def run(names: list[str], methods: list[str], python: str) -> int:
    """Run all, or those called *names*; return how many got another verdict than their own."""
    version, wrong = version_of(python), 0
    for program in TABLE:
        if names and program.name not in names:
            continue
        for method in program.methods:
            if method not in methods or key_of(version) < program.least:
                continue
            one = see(program, method, python)
            mark = "" if one.verdict == program.verdict else f"   NOT {program.verdict}"
            wrong += bool(mark)
            words = f"{version:8}{program.name:22}{method:12}{one.verdict:32}{one.seconds:5.1f} s"
            print(f"{words}{one.lines:4} lines{mark}", flush=True)
            results = load()  # another one may run beside this one
            results.setdefault(version, {}).setdefault(program.name, {})[method] = one
            save(results)
    return wrong


def without_empty(value: object) -> object:
    """Return *value* without what is the default of its field anyway."""
    if isinstance(value, dict):
        kept = {key: without_empty(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in (None, "", [], {})}
    return [without_empty(one) for one in value] if isinstance(value, (list, tuple)) else value


def record(names: list[str]) -> None:
    """Write the two moments at which programs called *names* are judged in tests."""
    from mpdiag.model import to_plain
    from mpdiag.runner import look
    from mpdiag.session import find_run

    for program in TABLE:
        if program.name not in names:
            continue
        method = program.methods[0]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / program.path.name
            path.write_bytes(program.path.read_bytes())
            os.environ["XDG_RUNTIME_DIR"] = folder
            command = [sys.executable, "-m", "mpdiag", "run", "--hang-after", "0"]
            command += [*program.options, str(path), method]
            process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
            try:
                time.sleep(BEGUN)
                asker = find_run(process.pid).asker
                first = look(asker)
                time.sleep(APART)
                text = json.dumps(without_empty([to_plain(first), to_plain(look(asker))]))
            finally:
                end(process)
        library = str(Path(os.__file__).parent)
        text = text.replace(folder, "/srv/job").replace(library, "/usr/lib/python3.11")
        text = text.replace(sys.executable, "/usr/bin/python")
        file = ROOT / "tests" / "hangs" / "moments" / f"{program.name}-{method}.json"
        file.write_text(text + "\n", encoding="utf-8")
        print(file)


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--python", action="append", metavar="PATH")
    parser.add_argument("--only", action="append", choices=METHODS)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--page", action="store_true", help="only write the page")
    words = parser.parse_args()
    if words.page:
        save(load())
        return 0
    if words.record:
        record(words.names)
        return 0
    pythons = words.python or [sys.executable]
    return sum(run(words.names, words.only or list(METHODS), python) for python in pythons)


if __name__ == "__main__":
    sys.exit(bool(main()))
