"""The words of the kernel."""

import sys

if __name__ == "__main__":
    sys.stderr.write("[12.5] Out of memory: Killed process 4711 (python3) total-vm:9kB\n")
