"""The API by hand, in programs that no ``mpdiag run`` is around: guard, watch, Supervisor."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

import pytest

from mpdiag.testing import Program, run_command

pytestmark = pytest.mark.processes


def run(source: str, folder: Path, *words: str) -> Program:
    """Run *source* with plain Python."""
    (folder / "script.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return run_command([sys.executable, "script.py", *words], folder=folder, deadline=50)


GUARD = """
    import multiprocessing, sys, mpdiag
    from concurrent.futures import ProcessPoolExecutor

    @mpdiag.guard
    def parse(record, *, strict=False):
        return record["that"]

    class Reader:
        @mpdiag.guard
        def read(self, key): return {}[key]
        @staticmethod
        @mpdiag.guard
        def plain(key): return {}[key]

    @mpdiag.guard(ignore=(TimeoutError,))
    def late(x): raise TimeoutError

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            for one in [pool.submit(parse, {"id": i}) for i in range(3)]:
                print(type(one.exception()).__name__)
            print(type(pool.submit(Reader().read, "k").exception()).__name__)
            print(type(pool.submit(Reader.plain, "k").exception()).__name__)
            print(type(pool.submit(late, 1).exception()).__name__)
"""


def test_guard_spools_for_the_next_command(tmp_path: Path, start_method: str) -> None:
    """One line a fingerprint on standard error; ``mpdiag ls`` collects all, and counts them."""
    done = run(GUARD, tmp_path, start_method)
    assert done.stdout.split() == ["KeyError"] * 5 + ["TimeoutError"]
    ours = [line for line in done.stderr.splitlines() if line.startswith("mpdiag: ")]
    assert len(ours) == 3, done.stderr
    faults = {fault["target"].rpartition(".")[2]: fault for fault in done.faults}
    assert sorted(faults) == ["parse", "plain", "read"]
    assert faults["parse"]["count"] == 3
    assert faults["parse"]["inputs"] == {"record": "{'id': 0}"}
    assert not list((tmp_path / ".mpdiag" / "spool").glob("*.jsonl"))


WATCH = """
    import json, multiprocessing, multiprocessing.pool, os, sys, mpdiag

    def task(x):
        if x == 5: os._exit(4)
        return {0: 0}[x] if x in (0, 7) else x

    def loop(queue):
        while True:
            if queue.get() == 2: raise ValueError("two")

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        before = multiprocessing.pool.Pool._setup_queues, multiprocessing.pool.worker
        with mpdiag.watch() as run:
            with context.Pool(2) as pool:
                for one in [pool.apply_async(task, (i,)) for i in range(9)]:
                    one.wait(30)
            queue = context.SimpleQueue()
            for i in range(3): queue.put(i)
            process = context.Process(target=loop, args=(queue,))
            process.start(); process.join(30)
        assert before == (multiprocessing.pool.Pool._setup_queues, multiprocessing.pool.worker)
        assert "MPDIAG_RUN" not in os.environ
        def texts(one): return {k: v.text for k, v in one.inputs.values.items()}
        print(json.dumps([[fault.kind, texts(fault.first)] for fault in run.faults]))
"""


def test_watch_diagnoses_a_block(tmp_path: Path, start_method: str) -> None:
    """Failure, death and bare process of the block are found; afterwards all is as before."""
    done = run(WATCH, tmp_path, start_method)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert ["failure", {"x": "7"}] in found
    assert ["crash", {"x": "5"}] in found
    assert any(inputs.get("last message received") == "2" for _, inputs in found)
    assert len(found) == 3


SUPERVISE = """
    import json, multiprocessing, os, sys, mpdiag

    def fail(x): return {}[x]
    def die(x): os._exit(x)
    def fine(x): return x

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        heard = []
        with mpdiag.Supervisor(heard.append, channel=sys.argv[2], context=context) as supervisor:
            supervisor.start(fail, 7)
            supervisor.start(die, 3)
            supervisor.start(fine, 1)
            adopted = context.Process(target=die, args=(4,))
            adopted.start()
            supervisor.adopt(adopted)
        assert heard == supervisor.findings
        found = [
            [one.kind, one.task.target, {k: v.text for k, v in one.inputs.values.items()}]
            for one in heard
        ]
        print(json.dumps(sorted(found, key=str)))
"""


@pytest.mark.parametrize("channel", ["pipe", "queue"])
def test_a_supervisor_delivers_what_went_wrong(
    channel: str, tmp_path: Path, start_method: str
) -> None:
    """A failure comes with its input, a death with its arguments, a good end not at all."""
    done = run(SUPERVISE, tmp_path, start_method, channel)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert ["failure", "fail", {"x": "7"}] in found
    assert ["crash", "die", {"x": "3"}] in found
    assert [one[0] for one in found] == ["crash", "crash", "failure"]
