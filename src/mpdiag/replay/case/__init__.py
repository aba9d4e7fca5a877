"""A fault as a pytest test that a person would have written."""

__all__: tuple[str, ...] = ()
