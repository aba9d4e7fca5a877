"""Our pools beside those of the standard library and of others, in interleaved rounds.

    pools.py [--rounds N] [--json FILE] [--page FILE]

In each round every measurement is taken once with ours and once with each rival, one right after
the other; what is shown is the median of the rounds' ratios.  Libraries that are not installed are
left out: ``pip install mpdiag[pools]`` brings them.  A goal that is not met is shown as not met.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import import_module
from multiprocessing import Pipe, Pool, Process
from pathlib import Path
from statistics import median
from typing import Any

import mpdiag

WORKERS = 2
MANY, SOME, FEW, ARRAYS = 20_000, 2_000, 300, 100
PAGE_BEGIN, PAGE_END = "<!-- figures -->", "<!-- end of figures -->"


def plus_one(x: int) -> int:
    return x + 1


def fail_half(x: int) -> int:
    if x % 2:
        raise ValueError(x)
    return x


@lru_cache(maxsize=1)
def the_array() -> Any:
    """Return 400 x 400 x 3 floats, or None without numpy."""
    try:
        return import_module("numpy").ones((400, 400, 3))
    except ImportError:
        return None


def an_array(_: int) -> Any:
    return the_array()


def rows_of(array: Any) -> int:
    return len(array)


def spin(seconds: float) -> None:
    """Take so much time of the processor."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def die_at_100(x: int) -> int:
    if x == 100:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    rival: str
    ours_seconds: float
    ratio: float
    """How many times as fast as the rival we are."""
    gate: float | None = None
    goal: float | None = None

    @property
    def verdict(self) -> str:
        """Whether gate and goal are met."""
        if self.goal is None or self.gate is None:
            return ""
        if self.ratio >= self.goal:
            return "goal met"
        return "gate met, goal not met" if self.ratio >= self.gate else "not met"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What is measured against each other."""

    what: str
    rival: str
    ours: Callable[[], object]
    theirs: Callable[[], object]
    gate: float | None = None
    goal: float | None = None

    def measure(self, rounds: int) -> Row:
        """Return the middle of so many rounds; who begins changes with each."""
        taken = []
        for number in range(rounds):
            both = [self.ours, self.theirs]
            if number % 2:
                both.reverse()
            seconds = {run: timed(run) for run in both}
            taken.append((seconds[self.ours], seconds[self.theirs]))
        return Row(
            what=self.what,
            rival=self.rival,
            ours_seconds=median(ours for ours, _ in taken),
            ratio=median(theirs / ours for ours, theirs in taken),
            gate=self.gate,
            goal=self.goal,
        )


def timed(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def drain(results: Any) -> None:
    for _ in results:
        pass


def submit_all(submit: Callable[..., Any], result: str, count: int) -> None:
    for one in [submit(plus_one, n) for n in range(count)]:
        getattr(one, result)()


def one_by_one(call: Callable[[int], object], count: int) -> None:
    for n in range(count):
        call(n)


def start_and_end(make: Callable[[], Any], *, stop: str) -> None:
    pool = make()
    drain(pool.map(plus_one, range(WORKERS)))
    getattr(pool, stop)()
    if stop == "close":
        pool.join()


def fail_some(results: Callable[[], Any]) -> None:
    """Take what there is of results, half of which raise."""
    asked = results()
    while True:
        try:
            next(asked)
        except ValueError:
            continue
        except StopIteration:
            return


def pairs(ours: Any, pool: Any, theirs: Any, stock: Any) -> list[Pair]:
    """Return what is measured against the standard library."""

    def pair(  # noqa: PLR0917 - a table
        what: str, rival: str, a: Any, b: Any, gate: float, goal: float
    ) -> Pair:
        return Pair(what=what, rival=rival, ours=a, theirs=b, gate=gate, goal=goal)

    return [
        pair(
            f"imap_unordered, {MANY:,} tasks",
            "Pool.imap_unordered(1)",
            lambda: drain(pool.imap_unordered(plus_one, range(MANY))),
            lambda: drain(stock.imap_unordered(plus_one, range(MANY))),
            10,
            50,
        ),
        pair(
            "imap_unordered, 100 tasks",
            "Pool.imap_unordered(1)",
            lambda: drain(pool.imap_unordered(plus_one, range(100))),
            lambda: drain(stock.imap_unordered(plus_one, range(100))),
            3,
            10,
        ),
        pair(
            f"imap_unordered, {MANY:,} tasks",
            "Pool.imap_unordered(64)",
            lambda: drain(pool.imap_unordered(plus_one, range(MANY))),
            lambda: drain(stock.imap_unordered(plus_one, range(MANY), 64)),
            0.7,
            2,
        ),
        pair(
            f"map, {MANY:,} tasks",
            "Pool.map, default chunk",
            lambda: pool.map(plus_one, range(MANY)),
            lambda: stock.map(plus_one, range(MANY)),
            0.4,
            1,
        ),
        pair(
            f"map, {MANY:,} tasks",
            "PPE.map(chunksize=64)",
            lambda: drain(ours.map(plus_one, range(MANY))),
            lambda: drain(theirs.map(plus_one, range(MANY), chunksize=64)),
            2,
            5,
        ),
        pair(
            f"submit and result, {SOME:,} tasks",
            "PPE.submit",
            lambda: submit_all(ours.submit, "result", SOME),
            lambda: submit_all(theirs.submit, "result", SOME),
            8,
            25,
        ),
        pair(
            f"submit and result, {SOME:,} tasks",
            "Pool.apply_async",
            lambda: submit_all(ours.submit, "result", SOME),
            lambda: submit_all(lambda f, n: stock.apply_async(f, (n,)), "get", SOME),
            3,
            8,
        ),
        pair(
            f"Pool.apply_async, {SOME:,} tasks",
            "Pool.apply_async",
            lambda: submit_all(lambda f, n: pool.apply_async(f, (n,)), "get", SOME),
            lambda: submit_all(lambda f, n: stock.apply_async(f, (n,)), "get", SOME),
            4,
            15,
        ),
        pair(
            "one task after the other",
            "Pool.apply",
            lambda: one_by_one(lambda n: ours.submit(plus_one, n).result(), FEW),
            lambda: one_by_one(lambda n: stock.apply(plus_one, (n,)), FEW),
            1 / 0.6,
            1 / 0.3,
        ),
        pair(
            "one task after the other",
            "PPE.submit",
            lambda: one_by_one(lambda n: ours.submit(plus_one, n).result(), FEW),
            lambda: one_by_one(lambda n: theirs.submit(plus_one, n).result(), FEW),
            1 / 0.4,
            1 / 0.2,
        ),
        pair(
            f"half of {MANY:,} tasks raise",
            "ours, none raises",
            lambda: fail_some(lambda: pool.imap(fail_half, range(MANY))),
            lambda: drain(pool.imap(plus_one, range(MANY))),
            0.2,
            0.5,
        ),
        pair(
            "start with fork to the first results, and end",
            "Pool",
            lambda: start_and_end(lambda: mpdiag.ProcessPoolExecutor(WORKERS), stop="shutdown"),
            lambda: start_and_end(lambda: Pool(WORKERS), stop="close"),
            1 / 1.2,
            1 / 0.6,
        ),
    ]


def durable_rows(durable: Any, theirs: Any, stock: Any, rounds: int) -> list[Row]:
    """Return what it costs that no task runs twice."""
    what = f"imap_unordered, durable, {MANY:,} tasks"
    ours = lambda: drain(durable.imap_unordered(plus_one, range(MANY)))  # noqa: E731
    one = lambda: drain(stock.imap_unordered(plus_one, range(MANY)))  # noqa: E731
    many = lambda: drain(theirs.map(plus_one, range(MANY), chunksize=64))  # noqa: E731
    return [
        Pair(what=what, rival=rival, ours=ours, theirs=run, gate=gate, goal=goal).measure(rounds)
        for rival, run, gate, goal in (
            ("Pool.imap_unordered(1)", one, 5, 20),
            ("PPE.map(chunksize=64)", many, 1, 3),
        )
    ]


def receive(end: Any) -> None:
    """Take arrays from a pipe until there are no more, and say so after each batch of them."""
    while end.recv() is not None:
        for _ in range(ARRAYS - 1):
            end.recv()
        end.send(None)


def send_all(end: Any) -> None:
    for _ in range(ARRAYS):
        end.send(an_array(0))
    end.recv()


def arrays(ours: Any, pool: Any, theirs: Any, stock: Any, pipe: Any) -> list[Pair]:
    """Return how arrays of 3.84 MB travel: 3 is out of band, 15 a ring of shared blocks."""
    if an_array(0) is None:
        return []
    sent = [an_array(0)] * ARRAYS

    def give(map_: Any) -> Callable[[], None]:
        return lambda: drain(map_(rows_of, sent))

    def take(map_: Any) -> Callable[[], None]:
        return lambda: drain(map_(an_array, range(ARRAYS)))

    made = []
    for kind, run in (("arguments", give), ("results", take)):
        rivals: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "Pipe()": (run(pool.imap), lambda: send_all(pipe)),
            "Pool.imap": (run(pool.imap), run(stock.imap)),
            "PPE.map": (run(ours.map), run(theirs.map)),
        }
        what = f"{ARRAYS} arrays of 3.84 MB as {kind}"
        made += [
            Pair(what=what, rival=name, ours=ours_, theirs=theirs_, gate=3, goal=15)
            for name, (ours_, theirs_) in rivals.items()
        ]
    return made


def array_rows(ours: Any, pool: Any, theirs: Any, stock: Any, rounds: int) -> list[Row]:
    """Return the figures for arrays, with a process that receives them from a pipe beside."""
    end, far = Pipe()
    receiver = Process(target=receive, args=(far,), daemon=True)
    receiver.start()
    made = arrays(ours, pool, theirs, stock, end)
    for one in made:
        one.measure(1)  # blocks are made when they are wanted
    rows = [one.measure(rounds) for one in made]
    end.send(None)
    receiver.join()
    return rows


def others() -> dict[str, Callable[[], tuple[Callable[..., Any], str, Callable[[], object]]]]:
    """Return libraries, each with what gives submit, the name of `result`, and an end."""

    def loky() -> Any:
        made = import_module("loky").get_reusable_executor(WORKERS)
        return made.submit, "result", made.shutdown

    def pebble() -> Any:
        made = import_module("pebble").ProcessPool(WORKERS)
        return lambda f, n: made.schedule(f, [n]), "result", lambda: (made.close(), made.join())

    def mpire() -> Any:
        made = import_module("mpire").WorkerPool(WORKERS)
        return (
            made.apply_async,
            "get",
            lambda: (made.stop_and_join(), made.terminate()),
        )

    def billiard() -> Any:
        made = import_module("billiard").Pool(WORKERS)
        return lambda f, n: made.apply_async(f, (n,)), "get", lambda: (made.close(), made.join())

    return {"loky": loky, "pebble": pebble, "mpire": mpire, "billiard": billiard}


def beside_others(ours: Any, rounds: int) -> list[Row]:
    """Return how `submit` compares with that of other libraries."""
    rows = []
    for name, make in others().items():
        try:
            submit, result, end = make()
        except ImportError:
            continue
        for what, count, gap in (
            ("submit and result", 500, False),
            ("one after the other", 100, True),
        ):

            def run(ask: Any, get: str, count: int = count, gap: bool = gap) -> None:
                if gap:
                    one_by_one(lambda n: getattr(ask(plus_one, n), get)(), count)
                else:
                    submit_all(ask, get, count)

            pair = Pair(
                what=f"{what}, {count} tasks",
                rival=name,
                ours=lambda run=run: run(ours.submit, "result"),
                theirs=lambda run=run, ask=submit, get=result: run(ask, get),
            )
            pair.theirs()
            rows.append(pair.measure(rounds))
        with suppress(Exception):
            end()
    return rows


def joblib_row(ours: Any, rounds: int) -> list[Row]:
    """Return how `map` compares with joblib, which has no `submit`."""
    try:
        joblib = import_module("joblib")
    except ImportError:
        return []
    parallel = joblib.Parallel(WORKERS)
    pair = Pair(
        what=f"map, {SOME:,} tasks",
        rival="joblib",
        ours=lambda: drain(ours.map(plus_one, range(SOME))),
        theirs=lambda: parallel(joblib.delayed(plus_one)(n) for n in range(SOME)),
    )
    pair.theirs()
    return [pair.measure(rounds)]


def after_a_death(rounds: int) -> dict[str, Any]:
    """Return what is left of 200 tasks, one of which kills its worker, and how soon it is known."""
    kept, known = [], []
    for _ in range(rounds):
        with mpdiag.ProcessPoolExecutor(WORKERS) as pool:
            drain(pool.map(plus_one, range(10)))
            begun = time.perf_counter()
            asked = [pool.submit(die_at_100, n) for n in range(200)]
            asked[100].exception()
            known.append(time.perf_counter() - begun)
            kept.append(sum(1 for one in as_completed(asked) if one.exception() is None))
    return {
        "results kept of 199": min(kept),
        "error known after, ms": round(median(known) * 1e3, 1),
    }


def processor_time(pid: int) -> float:
    """Return the seconds that a process has had of the processor, by its clock of Linux."""
    return time.clock_gettime(~pid << 3 | 2)


def efficiency(pool: Any, seconds: float, rounds: int) -> float:
    """Return the part that tasks of *seconds* have in the processor time of owner and workers."""
    count = int(0.3 * WORKERS / seconds)
    pids = [os.getpid(), *(process.pid for process in pool._pool)]
    parts = []
    for _ in range(rounds):
        before = sum(map(processor_time, pids))
        drain(pool.imap_unordered(spin, [seconds] * count))
        parts.append(count * seconds / (sum(map(processor_time, pids)) - before))
    return median(parts)


def bounded(value: float, gate: float, goal: float) -> str:
    """Return a figure with its verdict."""
    met = "goal met" if value >= goal else "gate met, goal not met" if value >= gate else "not met"
    return f"{value:.2f} (gate {gate}, goal {goal}: {met})"


def memory_of_a_stream(pool: Any) -> float:
    """Return by how many MB this process grows while 1,000,000 tasks stream through."""

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = most = resident()
    for number, _ in enumerate(pool.imap_unordered(plus_one, iter(range(1_000_000)))):
        if not number % 50_000:
            most = max(most, resident())
    return (most - before) / 1e6


def table(rows: list[Row]) -> list[str]:
    """Return the rows as Markdown."""
    lines = ["| ours | against | times as fast | gate | goal | |", "|---|---|--:|--:|--:|---|"]
    for row in rows:
        gate = "" if row.gate is None else f"{row.gate:.2g}"
        goal = "" if row.goal is None else f"{row.goal:.2g}"
        lines.append(
            f"| {row.what} | {row.rival} | {row.ratio:.2g} | {gate} | {goal} | {row.verdict} |"
        )
    return lines


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--page", type=Path, help="a page with the marks between which the table goes"
    )
    options = parser.parse_args()
    with (
        mpdiag.ProcessPoolExecutor(WORKERS) as ours,
        mpdiag.Pool(WORKERS) as pool,
        mpdiag.Pool(WORKERS, durable=True) as durable,
        ProcessPoolExecutor(WORKERS) as theirs,
        Pool(WORKERS) as stock,
    ):
        for warm in (ours, pool, durable, theirs, stock):
            drain(warm.map(plus_one, range(100)))
        rows = [pair.measure(options.rounds) for pair in pairs(ours, pool, theirs, stock)]
        rows += durable_rows(durable, theirs, stock, options.rounds)
        rows += array_rows(ours, pool, theirs, stock, options.rounds)
        rows += joblib_row(ours, options.rounds) + beside_others(ours, options.rounds)
        more = {
            **after_a_death(options.rounds),
            "part of tasks of 100 us in the processor time of all processes": bounded(
                efficiency(pool, 1e-4, options.rounds), 0.62, 0.88
            ),
            "part of tasks of 1 ms in it": bounded(
                efficiency(pool, 1e-3, options.rounds), 0.78, 0.95
            ),
            "MB that 1,000,000 tasks in a stream add to the owner": round(
                memory_of_a_stream(pool), 1
            ),
        }
    machine = f"CPython {platform.python_version()}, {os.cpu_count()} cores"
    machine += f", load {os.getloadavg()[0]:.1f}"
    how = f"medians of {options.rounds} interleaved rounds, {WORKERS} workers"
    lines = [
        f"{machine}, {time.strftime('%Y-%m-%d')}, {how}.",
        "",
        *table(rows),
        "",
        "| | |",
        "|---|--:|",
        *(f"| {what} | {value} |" for what, value in more.items()),
    ]
    print("\n".join(lines))
    if options.json:
        kept = {"machine": machine, "rows": [asdict(row) for row in rows], "more": more}
        options.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if options.page:
        page = options.page.read_text(encoding="utf-8")
        before, _, rest = page.partition(PAGE_BEGIN)
        after = rest.partition(PAGE_END)[2]
        text = "\n".join((f"{before}{PAGE_BEGIN}", "", *lines, "", f"{PAGE_END}{after}"))
        options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
