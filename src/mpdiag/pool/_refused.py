"""Why a worker has no result for a task that did not fail itself."""

from __future__ import annotations


class Unloadable(Exception):
    """A call that cannot be unpickled here."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


class Unsendable(Exception):
    """A result that cannot be pickled."""

    def __init__(self, error: BaseException, result: object) -> None:
        super().__init__(error)
        self.error, self.result = error, result
