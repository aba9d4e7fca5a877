"""Whether an end may be an argument of a task, in the pools that others have written."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent import futures
from multiprocessing import resource_sharer
from multiprocessing.reduction import ForkingPickler
from pickle import PicklingError
from typing import Any

from channel_peers import DEADLINE, made

METHODS = multiprocessing.get_all_start_methods()
# Seconds after which a pool that cannot pickle its task counts as waiting for ever.
PATIENCE = 2.0
REFUSED = "no (`PicklingError`)"
WAITS = "no: waits for ever"


def send_task(sender: Any) -> str:
    """A task that is given an end."""
    sender.send("from a task", timeout=DEADLINE)
    return "sent"


def _loky(_: str, sender: Any, limit: float) -> None:
    with importlib.import_module("loky").ProcessPoolExecutor(1) as pool:
        pool.submit(send_task, sender).result(limit)


def _joblib(_: str, sender: Any, limit: float) -> None:
    joblib = importlib.import_module("joblib")
    try:
        joblib.Parallel(n_jobs=2, timeout=limit)([joblib.delayed(send_task)(sender)])
    finally:
        executor = importlib.import_module("joblib.externals.loky")
        executor.get_reusable_executor().shutdown(wait=True)


def _pebble(method: str, sender: Any, limit: float) -> None:
    context = multiprocessing.get_context(method)
    pool = importlib.import_module("pebble").ProcessPool(1, context=context)
    try:
        pool.schedule(send_task, args=(sender,)).result(limit)
    finally:
        pool.stop()
        pool.join()


def _mpire(method: str, sender: Any, limit: float) -> None:
    pool = importlib.import_module("mpire").WorkerPool(1, start_method=method)
    try:
        pool.apply_async(send_task, (sender,)).get(limit)
    finally:
        pool.terminate()


Call = Callable[[str, Any, float], None]
OWN: dict[str, Call] = {"loky": _loky, "joblib": _joblib}
"""Those with a start method of their own."""
ANY: dict[str, Call] = {"pebble": _pebble, "mpire": _mpire}


def passed(road: str, pools: dict[str, Call], methods: list[str]) -> str:
    """Return what comes of an end as an argument; one answer, or the answers of each."""
    found = {_one(road, call, method) for call in pools.values() for method in methods}
    return " or ".join(sorted(found))


def _one(road: str, call: Call, method: str) -> str:
    with made(road, method) as (receiver, sender):
        try:
            call(method, sender, DEADLINE if _pickled(sender) else PATIENCE)
            return "yes" if receiver.receive(timeout=DEADLINE) == "from a task" else "no"
        except PicklingError:
            return REFUSED
        except (TimeoutError, futures.TimeoutError, multiprocessing.TimeoutError):
            return WAITS  # three classes before 3.11
        finally:
            resource_sharer.stop(timeout=DEADLINE)


def _pickled(sender: Any) -> bool:
    try:
        ForkingPickler.dumps(sender)
    except RuntimeError:
        return False
    return True


FACTS = ("... of loky, joblib", "... of pebble, mpire")


def found(road: str, methods: list[str]) -> dict[str, str]:
    """Return the rows of the table; *methods* for the pools that can be told one."""
    return dict(zip(FACTS, (passed(road, OWN, ["spawn"]), passed(road, ANY, methods)), strict=True))


def found_apart(road: str, methods: list[str] = METHODS) -> dict[str, str]:
    """Return it from a process of its own, which ends with all that those pools leave."""
    command = [sys.executable, __file__, road, *methods]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, timeout=200)
    answer: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    print(json.dumps(found(sys.argv[1], sys.argv[2:])), flush=True)
    os._exit(0)  # a pool that could not pickle its task has a thread that waits
