"""A library that is not as mpdiag knows it: the program runs as ever, and the report says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.testing import run_program

pytestmark = pytest.mark.programs

PROGRAM = """
    import sys
    from importlib.machinery import PathFinder, SourceFileLoader

    class Changed(SourceFileLoader):
        def get_code(self, name):
            source = self.get_source(name)
            return compile(source.replace("_help_stuff_finish", "_help_finish"), name, "exec")

    class Finder:
        def find_spec(self, name, path, target=None):
            spec = PathFinder.find_spec(name, path, target)
            if name == "multiprocessing.pool":
                spec.loader = Changed(name, spec.origin)
            return spec

    if __name__ == "__main__":
        sys.meta_path.insert(1, Finder())
        import multiprocessing.pool
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(pool.map(abs, [-1, -2]))
"""


def test_a_pool_of_another_version_is_named_and_works(tmp_path: Path) -> None:
    """What a later Python renames is left alone and told: nothing is silently not watched."""
    done = run_program(PROGRAM, folder=tmp_path)
    assert (done.exit_code, done.stdout) == (0, "[1, 2]\n"), done.stderr
    assert (
        "a Python process with a multiprocessing.pool that this mpdiag does not know"
        " (_help_stuff_finish)" in " ".join(done.stderr.split())
    )
