"""Smaller inputs that end in the same fault."""

from __future__ import annotations

from dataclasses import dataclass

from ._occurrence import Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """The smallest inputs that were found to end in a fault."""

    inputs: Inputs
    """Their bytes hold values of the user, as those of an occurrence."""
    size: int
    """Values, characters and digits."""
    size_before: int
    calls: int
    """That were made to find them."""
    occurrence: int
    """Whose inputs were made smaller, from 1."""
    is_least: bool
    """Nothing was left to try; else the calls or the time were over."""
