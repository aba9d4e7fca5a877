"""A null pointer is read."""

import ctypes, faulthandler

if __name__ == "__main__":
    faulthandler.enable()
    ctypes.string_at(0)
