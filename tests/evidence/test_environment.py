"""What is kept of the surroundings, and what never is."""

from __future__ import annotations

import platform
from pathlib import Path

from mpdiag.evidence import environment_card

from .system import MEMINFO, write

ENVIRON = {
    "PYTHONHASHSEED": "0",
    "LANG": "C",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "2",
    "PYTHON_INDEX_TOKEN": "s3cret",
    "DATABASE_URL": "postgres://u:s3cret@db",
    "HOME": "/root",
}


def test_harmless_variables_have_values_and_all_others_names_only() -> None:
    """No value leaves the allow-list, and nothing that is a secret by name is on it."""
    card = environment_card(ENVIRON)
    assert {name: value for name, value in card.items() if name.startswith("env ")} == {
        "env PYTHONHASHSEED": "0",
        "env LANG": "C",
        "env LC_ALL": "C.UTF-8",
        "env TZ": "UTC",
        "env OMP_NUM_THREADS": "2",
    }
    assert card["other variables"] == "DATABASE_URL, HOME, PYTHON_INDEX_TOKEN"
    assert "s3cret" not in str(card)


def test_versions_and_limits_are_on_the_card(root: Path) -> None:
    """The card says which Python on which machine, and how much memory there was."""
    write(root, {"/proc/meminfo": MEMINFO})
    card = environment_card({})
    assert card["python"] == platform.python_version()
    assert card["memory"] == "1024 MiB (machine)"
    assert card["default start method"] in {"fork", "spawn", "forkserver"}
    assert all(isinstance(value, str) for value in card.values())
