"""Smaller inputs that end in the same fault: what to try next, and the search for it."""

__all__: tuple[str, ...] = ()
