"""A program without a file, as in a notebook: read from standard input."""

import subprocess, sys

PROGRAM = """
import multiprocessing
def task(x): return x
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=task, args=(1,))
    process.start()
    process.join()
"""

if __name__ == "__main__":
    subprocess.run([sys.executable, "-"], input=PROGRAM, text=True, check=False)
