"""Has a task that waits for a command."""

import multiprocessing
import subprocess
import sys


def work(seconds):
    return subprocess.run(["sleep", str(seconds)], check=True)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print(pool.apply(work, (60,)))
