"""On what a fault depends: its inputs, what ran before it, timing, the worker, chance."""

__all__: tuple[str, ...] = ()
