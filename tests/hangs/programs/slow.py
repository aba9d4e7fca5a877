"""Is slow: a task that comes through many functions on its way."""

import multiprocessing
import sys
import time


def step_of(number):
    """Return a function of its own for each step, as a large program has."""
    source = f"def step_{number}(value):\n    return sum(range(100_000)) + value\n"
    names = {}
    exec(compile(source, __file__, "exec"), names)
    return names[f"step_{number}"]


STEPS = [step_of(number) for number in range(50)]


def work(value):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for step in STEPS:
            value = step(value) % 7
    return value


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print(pool.apply(work, (1,)))
