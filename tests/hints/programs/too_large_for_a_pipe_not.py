"""A number that is too large for its field."""

import struct

if __name__ == "__main__":
    struct.pack("h", 100_000)
