"""Measure what standard input asks for, one case a line; runs under any Python from 3.10 on."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from importlib.util import find_spec

from ._measure import measure
from ._payloads import ARRAY_BYTES, TURN, payload
from ._values import Case

# Copies that are timed, and the blocks that they go to in turn: as many as a ring has.
MEMCPY_TIMES, BLOCKS = 40, 4


def main() -> None:
    """Answer with a line of JSON for each; what the measured code prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = _answer(asked)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(asked: dict[str, object]) -> dict[str, object]:
    if "hello" in asked:
        version = ".".join(map(str, sys.version_info[:3]))
        return {"python": version, "pools": _pools(), "numpy": find_spec("numpy") is not None}
    if "memcpy" in asked:
        return {"memcpy": _memcpy()}
    if "size" in asked:
        made = payload(str(asked["size"]))
        return {"size": made.item_bytes, "seconds": made.seconds()}
    return dataclasses.asdict(measure(Case(**asked)))  # type: ignore[arg-type]


def _pools() -> list[str]:
    from ._pools import installed

    return installed()


def _memcpy() -> float:
    """Return the bytes a second that one process copies, between as much memory as a ring has."""
    sources = [bytearray(b"x") * ARRAY_BYTES for _ in range(TURN)]
    targets = [memoryview(bytearray(b"y") * ARRAY_BYTES) for _ in range(BLOCKS)]
    begun = time.perf_counter()
    for number in range(MEMCPY_TIMES):
        targets[number % BLOCKS][:] = sources[number % TURN]
    return ARRAY_BYTES * MEMCPY_TIMES / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
