"""Which code ran: a hash for each file, and the revision that git has of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

# Larger files are data, or made by a program.
_MOST_BYTES = 4 << 20
_MOST_FILES = 200
_REVISION = re.compile(r"[0-9a-f]{40,64}")


def source_hashes(files: Iterable[str], *, since: float | None = None) -> dict[str, str]:
    """Return a hash of each file that can be read.

    It is empty for one that was written after *since*: what ran may have been another text.
    """
    found: dict[str, str] = {}
    for file in dict.fromkeys(files):
        if len(found) >= _MOST_FILES:
            break
        try:
            facts = Path(file).stat()
            if not Path(file).is_file() or facts.st_size > _MOST_BYTES:
                continue
            changed = since is not None and facts.st_mtime > since
            found[file] = "" if changed else _hash(file)
        except (OSError, ValueError):
            continue
    return found


def _hash(file: str) -> str:
    return hashlib.blake2b(Path(file).read_bytes(), digest_size=16).hexdigest()


def git_revision(folder: str) -> str:
    """Return the commit that is checked out around *folder*, or an empty text; runs no git."""
    try:
        for place in (Path(folder).absolute(), *Path(folder).absolute().parents):
            if (place / ".git").exists():
                return _head(_git_folder(place / ".git"))
    except (OSError, ValueError):
        pass
    return ""


def _git_folder(git: Path) -> Path:
    """Return the folder itself; in a worktree ``.git`` is a file that names it."""
    if git.is_dir():
        return git
    return git.parent / git.read_text("utf-8").partition("gitdir:")[2].strip()


def _head(git: Path) -> str:
    text = (git / "HEAD").read_text("utf-8").strip()
    if not text.startswith("ref:"):
        return _checked(text)
    name = text.partition(":")[2].strip()
    common = git / "commondir"
    shared = git / common.read_text("utf-8").strip() if common.exists() else git
    for place in (git, shared):
        if (place / name).is_file():
            return _checked((place / name).read_text("utf-8").strip())
    packed = (shared / "packed-refs").read_text("utf-8").splitlines()
    return next((_checked(line.split()[0]) for line in packed if line.endswith(f" {name}")), "")


def _checked(text: str) -> str:
    return text if _REVISION.fullmatch(text) else ""
