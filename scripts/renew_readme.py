"""Copy the reports at the end of the examples, and that of a hang, into the README."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
GOLD = ROOT / "tests" / "gold" / "live_hang.txt"
HANG = re.compile(r"```text\nmpdiag: stuck: .*?```", re.DOTALL)
REPORT = re.compile(r"(mpdiag run (examples/\w+\.py)\n```\n.*?```text\n)(.*?)(```)", re.DOTALL)


def main() -> None:
    """Renew each text block that follows a command with an example, and the report of a hang."""
    path = ROOT / "README.md"
    text = REPORT.sub(renewed, path.read_text(encoding="utf-8"))
    path.write_text(HANG.sub(lambda _: f"```text\n{GOLD.read_text('utf-8')}```", text), "utf-8")


def renewed(found: re.Match[str]) -> str:
    """Return the block with the report that stands in the example now."""
    _, _, said = (ROOT / found[2]).read_text(encoding="utf-8").partition("\n# $ ")
    report = "\n".join(line.removeprefix("#").removeprefix(" ") for line in said.splitlines()[1:])
    return f"{found[1]}{report}\n{found[4]}"


if __name__ == "__main__":
    main()
