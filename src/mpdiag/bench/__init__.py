"""Figures for choosing a channel or a pool, measured here and with your own items."""

from __future__ import annotations

from .._lazy import on_first_use as _on_first_use

TYPE_CHECKING = False  # the measuring side is also run by other interpreters, with less installed
if TYPE_CHECKING:
    from ._compare import comparison as comparison
    from ._document import read_document as read_document
    from ._document import to_document as to_document
    from ._html import page as page
    from ._plan import FULL as FULL
    from ._plan import Plan as Plan
    from ._recommend import recommendations as recommendations
    from ._runner import run as run
    from ._text import text as text
    from ._values import Case as Case
    from ._values import Machine as Machine
    from ._values import Result as Result
    from ._values import Row as Row
    from ._values import Timing as Timing

_HOME = {
    **dict.fromkeys(("Case", "Machine", "Result", "Row", "Timing"), "_values"),
    **dict.fromkeys(("FULL", "Plan"), "_plan"),
    **dict.fromkeys(("read_document", "to_document"), "_document"),
    "comparison": "_compare",
    "page": "_html",
    "recommendations": "_recommend",
    "run": "_runner",
    "text": "_text",
}

__all__ = (
    "FULL",
    "Case",
    "Machine",
    "Plan",
    "Result",
    "Row",
    "Timing",
    "comparison",
    "page",
    "read_document",
    "recommendations",
    "run",
    "text",
    "to_document",
)

__getattr__ = _on_first_use(__name__, _HOME)
