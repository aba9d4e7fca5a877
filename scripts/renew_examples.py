"""Write the comment at the end of each example anew: what `mpdiag run` reports for it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from mpdiag.testing import Program

ROOT = Path(__file__).parent.parent
SHELL = "# $ "


def main() -> None:
    """Renew all examples, or those that are named."""
    named = [Path(name) for name in sys.argv[1:]] or sorted(ROOT.glob("examples/*.py"))
    for path in named:
        code = path.read_text(encoding="utf-8").partition(f"\n{SHELL}")[0].rstrip("\n")
        said = "".join(f"# {line}".rstrip() + "\n" for line in session(path))
        path.write_text(f"{code}\n\n{said}", encoding="utf-8")
        print(path.name)


def session(path: Path) -> list[str]:
    """Return the commands for the example at *path*, and what is said to them."""
    shown = path.relative_to(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        if "import mpdiag" in path.read_text(encoding="utf-8"):
            done = run([str(shown)], folder)
            listed = run(["-m", "mpdiag", "ls"], folder)
            if not done.stderr:
                return [f"$ python {shown}", *done.stdout.splitlines()]
            said = [f"$ python {shown}", *lines(done.stderr), "$ mpdiag ls", *lines(listed.stdout)]
        else:
            done = run(["-m", "mpdiag", "run", str(shown)], folder)
            program = Program(folder=ROOT, exit_code=0, stdout="", stderr=done.stderr)
            said = [f"$ mpdiag run {shown}", *lines(program.report)]
    return [line.replace(folder, "/srv/job") for line in said]


def run(arguments: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    """Run Python from the project's folder with a store elsewhere."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "MPDIAG_HOME": f"{folder}/.mpdiag"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def lines(text: str) -> list[str]:
    """Return the lines of *text*; a longer one is folded, the lines of a report never are."""
    folded = [[line] if len(line) < 80 else textwrap.wrap(line, 79) for line in text.splitlines()]
    return [part for line in folded for part in line]


if __name__ == "__main__":
    main()
