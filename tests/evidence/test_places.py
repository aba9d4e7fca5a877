"""Where a folder lies: on a disk of this machine, or on one that others write to as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.evidence import look_at

from .system import write

MOUNTS = """\
1 1 0:1 / / rw - overlay overlay rw
2 1 0:2 / /home rw - nfs4 server:/home rw,vers=4.2
3 1 0:3 / /home/local rw - tmpfs tmpfs rw
4 1 0:4 / /over rw - ext4 /dev/sda1 rw
5 1 0:5 / /over rw - nfs server:/x rw
"""


@pytest.mark.parametrize(
    ("folder", "is_local"),
    [
        ("/srv/job", True),
        ("/home", False),
        ("/home/me/job", False),
        ("/homes/me", True),
        ("/home/local/job", True),
        ("/over/job", False),
    ],
)
def test_the_innermost_mount_decides(
    root: Path, monkeypatch: pytest.MonkeyPatch, folder: str, is_local: bool
) -> None:
    """The innermost mount around a folder decides, and of two on one place the later."""
    write(root, {"/proc/self/mountinfo": MOUNTS})
    monkeypatch.setattr("mpdiag.evidence._places.os.path.isdir", lambda _: True)
    assert look_at(folder).is_local is is_local


def test_without_a_list_of_mounts_a_place_is_local(root: Path) -> None:
    """Where the system tells nothing a place is taken for a local disk."""
    assert not (root / "proc").exists()
    assert look_at("/home").is_local


def test_a_place_knows_what_holds_it(root: Path, tmp_path: Path) -> None:
    """The longest mount point above a folder tells its file system; blanks in it are read."""
    folder = tmp_path / "a b" / "c"
    folder.mkdir(parents=True)
    point = str(tmp_path.resolve() / "a b").replace(" ", "\\040")
    write(
        root,
        {"/proc/self/mountinfo": f"1 1 0:1 / / rw - ext4 d rw\n2 1 0:2 / {point} rw - nfs4 s rw\n"},
    )
    place = look_at(str(folder / "not" / "there"))
    assert (place.kind, place.is_local, place.is_writable) == ("nfs4", False, True)
    assert place.free_bytes is not None
    assert look_at(str(tmp_path)).kind == "ext4"


@pytest.mark.parametrize(
    ("kind", "is_local"),
    [
        ("tmpfs", True),
        ("fuseblk", True),
        ("fuse.sshfs", False),
        ("fuse.mergerfs", True),
        ("9p", False),
        ("overlay", True),
    ],
)
def test_a_shared_file_system_is_not_local(root: Path, kind: str, is_local: bool) -> None:
    """What other machines may write to is not local; what is unknown, is."""
    write(root, {"/proc/self/mountinfo": f"1 1 0:1 / / rw - {kind} d rw\n"})
    assert look_at("/").is_local is is_local
