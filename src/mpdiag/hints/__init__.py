"""Known troubles: recognised by their signature, each with what it is, why, and what to change."""

from ._advise import advice_on, advise, command_of, read_source
from ._handed import method_chosen
from ._hint import Advice, Hint, Sight, is_own, unsaid
from ._log import sights_of
from ._source import Source
from ._table import HINTS

__all__ = (
    "HINTS",
    "Advice",
    "Hint",
    "Sight",
    "Source",
    "advice_on",
    "advise",
    "command_of",
    "is_own",
    "method_chosen",
    "read_source",
    "sights_of",
    "unsaid",
)
