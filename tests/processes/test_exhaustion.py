"""A worker that has no descriptors or no memory left still tells of it, and lives on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpdiag.testing import run_program

pytestmark = pytest.mark.processes

SCRIPT = """
    import json, multiprocessing, resource, sys
    from concurrent.futures import ProcessPoolExecutor

    kept = []

    def files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        while True:
            kept.append(open("/dev/null"))

    def memory():
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
        while True:
            kept.append(bytearray(1 << 20))

    def free(name):
        kept.clear()
        return name

    def task(name):
        return globals()[name]()

    def outcome(get):
        try:
            return get()
        except BaseException as error:
            return type(error).__name__

    if __name__ == "__main__":
        context, found = multiprocessing.get_context(sys.argv[1]), []
        for name in ("files", "memory"):
            with context.Pool(1) as pool:
                found.append(outcome(lambda: pool.apply_async(task, (name,)).get(60)))
                found.append(outcome(lambda: pool.apply_async(free, ("well",)).get(60)))
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                found.append(outcome(lambda: pool.submit(task, name).result(60)))
                found.append(outcome(lambda: pool.submit(free, "well").result(60)))
            process = context.Process(target=task, args=(name,))
            process.start()
            process.join(60)
            found.append(process.exitcode)
        print(json.dumps(found))
"""


def test_the_last_descriptor_and_the_last_byte_are_told(tmp_path: Path, start_method: str) -> None:
    """The caller gets the error of the task, the report the limit, and the worker goes on."""
    done = run_program(SCRIPT, start_method, folder=tmp_path, deadline=120)
    one, two = ["OSError", "well"] * 2, ["MemoryError", "well"] * 2
    assert json.loads(done.stdout) == [*one, 1, *two, 1], done.stderr
    causes = {(fault["error"]["type"], fault["verdict"]["cause"]) for fault in done.faults}
    assert causes == {("OSError", "raised"), ("MemoryError", "out of memory")}
    assert "OSError (EMFILE): limit of open files 64 (RLIMIT_NOFILE)" in done.report
    assert "MemoryError: limit of address space 600 MiB (RLIMIT_AS)" in done.report
