"""A process that ends by itself, without a pool."""

import os, subprocess, sys

if __name__ == "__main__":
    subprocess.run([sys.executable, "-c", "import os; os._exit(3)"], check=True)
