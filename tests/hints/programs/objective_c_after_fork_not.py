"""Other words of macOS."""

import sys

if __name__ == "__main__":
    sys.stderr.write("objc[1]: Class A is implemented in both B and C.\n")
