"""A worker of a stock pool may be killed at any instruction of ours: nobody waits for ever.

The worker traces itself from one task on, and kills itself after so many instructions in mpdiag.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpdiag.testing import run_program

pytestmark = [pytest.mark.programs, pytest.mark.wide]

SCRIPT = """
    import json, multiprocessing, os, signal, sys
    from concurrent.futures import ProcessPoolExecutor

    left = int(sys.argv[2])

    def step(frame, event, arg):
        global left
        left -= event == "opcode"
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return step

    def call(frame, event, arg):
        if "/mpdiag/" in frame.f_code.co_filename:
            frame.f_trace_opcodes = True
            return step

    def arm():
        try:
            os.close(os.open("armed", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        sys.settrace(call)
        frame = sys._getframe().f_back
        while frame is not None:
            if "/mpdiag/" in frame.f_code.co_filename:
                frame.f_trace, frame.f_trace_opcodes = step, True
            frame = frame.f_back

    def parse(x):
        if x == 3:
            arm()
        if x % 4 == 1:
            raise ValueError(x)
        return x

    def outcome(get):
        try:
            return get(40)
        except Exception as error:
            return type(error).__name__

    if __name__ == "__main__":
        if sys.argv[1] == "pool":
            with multiprocessing.Pool(2) as pool:
                asked = [pool.apply_async(parse, (x,)) for x in range(24)]
                print(json.dumps([outcome(one.get) for one in asked]))
        else:
            with ProcessPoolExecutor(2) as pool:
                asked = [pool.submit(parse, x) for x in range(24)]
                print(json.dumps([outcome(one.result) for one in asked]))
"""


@pytest.mark.parametrize("moment", [40, 150, 400, 800, 1500, 2200, 2500, 3100, 4000, 5500])
@pytest.mark.parametrize("kind", ["pool", "executor"])
def test_a_kill_at_any_moment_leaves_nobody_waiting(tmp_path: Path, kind: str, moment: int) -> None:
    """Each task has an outcome, of a Pool its own but for the one that was hit."""
    done = run_program(SCRIPT, kind, str(moment), folder=tmp_path, deadline=80)
    found = json.loads(done.stdout)
    assert "TimeoutError" not in found, done.stderr
    if kind == "pool":
        hit = [
            (x, one) for x, one in enumerate(found) if one != ("ValueError" if x % 4 == 1 else x)
        ]
        assert len(hit) <= 1
        assert all(one == "WorkerCrashed" for _, one in hit)
