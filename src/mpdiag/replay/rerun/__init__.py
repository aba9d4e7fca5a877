"""Calls with one value swapped: they confirm, or refute, what separates failures from passes."""

__all__: tuple[str, ...] = ()
