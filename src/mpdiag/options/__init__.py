"""The settings of a run: read from four places, checked once, then frozen."""

from ._children import children_flags, from_json, to_json
from ._load import Settings, load
from ._options import Limits, Options
from ._readers import parse_size, size_text
from ._table import SETTINGS, Setting

__all__ = (
    "SETTINGS",
    "Limits",
    "Options",
    "Setting",
    "Settings",
    "children_flags",
    "from_json",
    "load",
    "parse_size",
    "size_text",
    "to_json",
)
