"""What the documentation says is there, is there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from mpdiag import _crashed, errors

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def slugs() -> list[str]:
    """Return the slug of every error, in the order of the file."""
    classes = [*vars(errors).values(), *vars(_crashed).values()]
    leaves = [c for c in classes if inspect.isclass(c) and issubclass(c, errors.MpdiagError)]
    return list(dict.fromkeys(leaf.slug for leaf in leaves))


def test_every_message_has_its_section() -> None:
    """docs/messages.md has one section for each slug, and no other."""
    text = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert sorted(sections) == sorted(slugs())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link names a file that is there, and a heading in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target


def anchors(path: Path) -> set[str]:
    """Return the anchors that a Markdown viewer makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }
