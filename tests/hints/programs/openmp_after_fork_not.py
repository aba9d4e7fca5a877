"""A program's own words on forks."""

import sys

if __name__ == "__main__":
    sys.stderr.write("fork() was called before OpenMP started\n")
