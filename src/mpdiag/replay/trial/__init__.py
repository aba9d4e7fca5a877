"""Calls in processes of their own: prepared, made, waited for, and what they came to."""

__all__: tuple[str, ...] = ()
