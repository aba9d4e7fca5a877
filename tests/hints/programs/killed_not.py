"""A program is ended by another signal."""

import subprocess, sys

if __name__ == "__main__":
    ending = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    subprocess.run([sys.executable, "-c", ending], check=True)
