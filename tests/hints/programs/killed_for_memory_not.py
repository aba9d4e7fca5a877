"""A program's own word for a machine that sleeps."""

import sys

if __name__ == "__main__":
    sys.stderr.write("worker: memory of the last run was removed\n")
