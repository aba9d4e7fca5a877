"""The one table of hints.  The first that fits is taken: special ones stand before wide ones."""

from __future__ import annotations

from ._dying import DYING
from ._hint import Hint
from ._libraries import LIBRARIES
from ._limits import LIMITS
from ._pickling import PICKLING
from ._sharing import SHARING
from ._silent import SILENT
from ._starting import STARTING

HINTS: tuple[Hint, ...] = (
    *PICKLING,
    *STARTING,
    *LIBRARIES,
    *SHARING,
    *LIMITS,
    *DYING,
    *SILENT,
)
