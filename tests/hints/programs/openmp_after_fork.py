"""The words of libgomp."""

import sys

if __name__ == "__main__":
    sys.stderr.write(
        "Terminating: fork() called from a process already using GNU OpenMP, this is unsafe.\n"
    )
