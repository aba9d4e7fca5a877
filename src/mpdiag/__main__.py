"""``python -m mpdiag`` is ``mpdiag``."""

from .cli import main

if __name__ == "__main__":
    main()
