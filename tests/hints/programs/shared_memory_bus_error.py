"""A shared mapping that is longer than its file."""

import faulthandler, mmap, tempfile

if __name__ == "__main__":
    faulthandler.enable()
    with tempfile.TemporaryFile() as file:
        file.truncate(4096)
        mapped = mmap.mmap(file.fileno(), 4096)
        file.truncate(0)
        mapped[0]
