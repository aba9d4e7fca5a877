"""Run some of CPython's own tests in this process, and tell of each as it begins and ends.

    cpython_child.py list MODULE           one test id a line
    cpython_child.py run MODULE IDS TOLD   the ids in file IDS; tells into file TOLD, as JSON lines

Started by cpython_tests.py, which ends this process when a test takes too long.
"""

from __future__ import annotations

import json
import os
import sys
import time
import unittest
from collections.abc import Iterator
from pathlib import Path

# What a class or module could not set up has no test; unittest gives it an id with a bracket.
NO_TEST = "("
current = ""
"""The test that runs."""


def tests_of(suite: unittest.TestSuite | unittest.TestCase) -> Iterator[unittest.TestCase]:
    """Yield the tests of *suite*, in their order."""
    if isinstance(suite, unittest.TestCase):
        yield suite
        return
    for part in suite:
        yield from tests_of(part)


def load(module: str) -> list[unittest.TestCase]:
    """Return the tests of *module*, a name within the package ``test``."""
    return list(tests_of(unittest.defaultTestLoader.loadTestsFromName(f"test.{module}")))


class Teller(unittest.TestResult):
    """Tells what becomes of each test, at once: this process may not live long."""

    def __init__(self, told: Path) -> None:
        super().__init__()
        self.failfast = False
        self._told = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._begun = time.monotonic()
        self._outcome = "pass"

    def _tell(self, event: str, test: unittest.TestCase, **more: object) -> None:
        line = {"event": event, "test": test.id(), **more}
        os.write(self._told, (json.dumps(line) + "\n").encode())

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Tell that *test* begins."""
        global current  # noqa: PLW0603 - one test at a time
        super().startTest(test)
        current = test.id()
        self._begun, self._outcome = time.monotonic(), "pass"
        self._tell("begin", test)

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Tell how *test* ended."""
        super().stopTest(test)
        seconds = round(time.monotonic() - self._begun, 3)
        self._tell("end", test, outcome=self._outcome, seconds=seconds)

    def _failed(self, test: unittest.TestCase, err: object) -> None:
        self._outcome = "fail"
        text = self._exc_info_to_string(err, test)  # type: ignore[attr-defined]
        self._tell("why", test, text=text[-3000:])
        if NO_TEST in test.id():
            self._tell("end", test, outcome="fail", seconds=0)

    def addError(self, test: unittest.TestCase, err: object) -> None:  # noqa: N802
        """Note that *test* raised."""
        self._failed(test, err)

    def addFailure(self, test: unittest.TestCase, err: object) -> None:  # noqa: N802
        """Note that *test* failed."""
        self._failed(test, err)

    def addSubTest(  # noqa: N802
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: object
    ) -> None:
        """Note that a part of *test* failed."""
        del subtest
        if err is not None:
            self._failed(test, err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        """Note that *test* was not for this machine."""
        del test, reason
        self._outcome = "skip"

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Count an unexpected success as a failure."""
        del test
        self._outcome = "fail"


def main() -> None:
    """List the tests of a module, or run some of them."""
    what, module, *files = sys.argv[1:]
    tests = load(module)
    if what == "list":
        print("\n".join(dict.fromkeys(test.id() for test in tests)))
        return
    wanted = set(Path(files[0]).read_text(encoding="utf-8").split("\n"))
    unittest.TestSuite(test for test in tests if test.id() in wanted).run(Teller(Path(files[1])))


if __name__ == "__main__":
    main()
