"""Ctrl-C without a pool."""

if __name__ == "__main__":
    raise KeyboardInterrupt
