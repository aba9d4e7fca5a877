"""The words of macOS."""

import sys

if __name__ == "__main__":
    sys.stderr.write(
        "objc[1]: +[__NSPlaceholderDictionary initialize] may have been in progress in another"
        " thread when fork() was called.\n"
    )
