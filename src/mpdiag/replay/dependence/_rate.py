"""How often a fault comes back, with the bounds that so many calls allow."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

# Of the normal distribution, for 95 %.
_Z = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many of so many."""

    hits: int
    calls: int

    @property
    def excluded(self) -> float:
        """Which rates none of so many calls excludes with 95 %: those above this."""
        return 1.0 - float(0.05 ** (1 / max(self.calls, 1)))

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which rates the true one lies with 95 % (Wilson's interval)."""
        n, p = max(self.calls, 1), self.hits / max(self.calls, 1)
        middle = p + _Z * _Z / (2 * n)
        spread = _Z * sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
        whole = 1 + _Z * _Z / n
        low, high = (middle - spread) / whole, (middle + spread) / whole
        return (0.0 if not self.hits else max(0.0, low)), (
            1.0 if self.hits == self.calls else min(1.0, high)
        )
