"""What a process knows of the run around it.

Read from the environment once; a forked child reads again.  Every Python of a run imports this at
its start, workers or none: it has no imports but ``os``.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Mapping


class Surroundings:
    """The run as the environment describes it; without one, *folder* and *socket* are empty."""

    def __init__(self, environ: dict[str, str] | os._Environ[str]) -> None:
        self.folder = environ.get("MPDIAG_RUN", "")
        self.socket = environ.get("MPDIAG_SOCKET", "")
        flags = dict(
            part.partition("=")[::2] for part in environ.get("MPDIAG_FLAGS", "").split(",")
        )
        self.keep_going = flags.get("keep_going") == "1" and not current_test(environ)
        self.values = flags.get("values") or "full"
        self.log_context = flags.get("log_context") == "1"
        self.capture_fd = flags.get("capture_fd") == "1"
        self.record_random = flags.get("record_random") == "1"
        self.shared = flags.get("shared") == "1" and bool(self.folder)
        """Whether to record where locks and queues were made, and who holds them."""
        self.check = flags.get("check") == "1" and bool(self.folder)
        """Whether what goes to other processes is looked at, for ``mpdiag check``."""
        self.passing = _number(flags.get("passing", ""), 2000)
        self.passing_bytes = _number(flags.get("passing_bytes", ""), 64 << 20)
        self._options: dict[str, object] | None = None

    @property
    def watched(self) -> bool:
        """Whether a run, or a ``watch()`` block, is around this process."""
        return bool(self.folder or self.socket)

    def option(self, name: str, default: object) -> object:
        """Return a setting that is only needed once something failed."""
        if self._options is None:
            self._options = _read_options(self.folder)
        return self._options.get(name, default)


def current_test(environ: Mapping[str, str]) -> str:
    """Return the test of pytest in which this process works or was started, or an empty text.

    A test around the whole run is none of it.  A child of a fork server has the environment of the
    server; what it was handed in addition counts.
    """
    found = environ.get("MPDIAG_TEST", environ.get("PYTEST_CURRENT_TEST", ""))
    return "" if found == environ.get("MPDIAG_TEST_AROUND") else found.removesuffix(" (call)")


def _number(text: str, default: int) -> int:
    return int(text) if text.isdigit() else default


def _read_options(folder: str) -> dict[str, object]:
    import json

    try:
        with open(f"{folder}/options.json", encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


_around: Surroundings | None = None


def surroundings() -> Surroundings:
    """Return what the environment says about the run; read once in a process."""
    global _around  # noqa: PLW0603 - one process, one answer
    if _around is None:
        _around = Surroundings(os.environ)
    return _around


def forget() -> None:
    """Read the environment again, as after a fork or at the edges of ``watch()``."""
    global _around  # noqa: PLW0603 - as above
    _around = None
