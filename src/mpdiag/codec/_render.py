"""Write a shape as text: cut to a budget, masked, with cycles closed."""

from __future__ import annotations

from dataclasses import dataclass

from ._live import shape_of
from ._mask import MASKED, Mask
from ._shape import NO_KEY, Entry, Group, Shape, Text

UNREADABLE = "<unreadable>"

# Characters that the mask sees behind the cut: a longer secret is still seen by its beginning.
_BEHIND_THE_CUT = 4096
# However large a budget is, the depth stays below what the interpreter's own stack holds.
_DEEPEST = 50
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of a value is shown."""

    depth: int = 4
    """Containers inside containers."""
    items: int = 20
    """Items of one container."""
    text: int = 400
    """Characters of one string, number or name."""
    total: int = 4000
    """Characters of the whole."""


class Renderer:
    """Renders one value; spends one budget on it."""

    def __init__(self, budget: Budget, mask: Mask | None) -> None:
        self._budget = budget
        self._mask = mask
        self._left = budget.total
        self._open: set[int] = set()

    def render(self, value: object) -> str:
        """Return the text of *value*, never longer than the budget; never raises."""
        text = self._value(value, 0)
        total = max(self._budget.total, 0)
        return text if len(text) <= total else text[: max(total - 3, 0)] + "..."[:total]

    def _value(self, value: object, depth: int) -> str:
        try:
            text = self._shape(_shape_inside(value), id(value), depth)
        except Exception:
            text = self._spend(UNREADABLE)
        return text

    def _shape(self, shape: Shape, identity: int, depth: int) -> str:
        match shape:
            case Group():
                return self._group(shape, identity, depth)
            case Text():
                return self._spend(self._text(shape))
            case _:
                limit = self._budget.text
                return self._spend(shape if len(shape) <= limit else f"{shape[:limit]}...")

    def _spend(self, text: str) -> str:
        self._left -= len(text) + 2
        return text

    def _group(self, group: Group, identity: int, depth: int) -> str:
        if group.size == 0:
            return self._spend(group.opening + group.closing)
        if depth >= min(self._budget.depth, _DEEPEST) or identity in self._open:
            return self._spend(f"{group.opening}...{group.closing.lstrip(',')}")
        self._open.add(identity)
        try:
            return f"{group.opening}{', '.join(self._entries(group, depth))}{group.closing}"
        finally:
            self._open.discard(identity)

    def _entries(self, group: Group, depth: int) -> list[str]:
        pieces: list[str] = []
        hidden = False
        entries = iter(group.entries)
        while self._left > 0 and len(pieces) < self._budget.items:
            try:
                entry = next(entries, None)
            except Exception:  # changed by another thread while it was read
                return [*pieces, UNREADABLE]
            if entry is None:
                return pieces
            pieces.append(self._spend(MASKED) if hidden else self._entry(entry, depth + 1))
            hidden = self._hides_next(entry, group, len(pieces))
        rest = group.size - len(pieces)
        return [*pieces, f"... {rest:,} more"] if rest > 0 else pieces

    def _entry(self, entry: Entry, depth: int) -> str:
        if entry.name:
            head = self._spend(f"{entry.name}=")
        elif entry.key is not NO_KEY:
            head = self._value(entry.key, depth) + ": "
        else:
            return self._value(entry.value, depth)
        if self._hides(entry.name or entry.key):
            return head + self._spend(MASKED)
        return head + self._value(entry.value, depth)

    def _hides(self, name: object) -> bool:
        if self._mask is None:
            return False
        if type(name) is bytes:
            name = name[:200].decode("latin-1")
        return type(name) is str and self._mask.hides(name)

    def _hides_next(self, entry: Entry, group: Group, position: int) -> bool:
        """Return whether *entry* is the name of a secret that stands beside it.

        That is the first of a pair, as in a list of headers, or an option in a command line.
        """
        if entry.name or entry.key is not NO_KEY or group.opening not in ("[", "("):
            return False
        first_of_two = position == 1 and group.size == _PAIR
        value = entry.value
        is_option = type(value) is str and value[:1] == "-" and "=" not in value[:200]
        return (first_of_two or is_option) and self._hides(value)

    def _text(self, shape: Text) -> str:
        limit = max(min(self._budget.text, self._left), 16)
        window = shape.window[: limit + _BEHIND_THE_CUT]
        if self._mask is not None:
            window = _masked(window, self._mask)
        is_cut = shape.size > len(shape.window[: limit + _BEHIND_THE_CUT]) or len(window) > limit
        shown, was_cut = _cut_repr(window[:limit], limit)
        if not (is_cut or was_cut):
            return f"{shape.head}{shown}{shape.tail}"
        unit = "characters" if type(window) is str else "bytes"
        return f"{shape.head}{shown[:-1]}...{shown[-1]}{shape.tail} ({shape.size:,} {unit})"


def _shape_inside(value: object) -> Shape:
    return value if type(value) is Group else shape_of(value)


def _masked(window: str | bytes, mask: Mask) -> str | bytes:
    if isinstance(window, str):
        return mask.text(window)
    return mask.text(window.decode("latin-1")).encode("latin-1")


def _cut_repr(text: str | bytes, limit: int) -> tuple[str, bool]:
    """Return the escaped form of as much of *text* as fits, and whether some was left out.

    Escapes make a text up to ten times as long.
    """
    shown = repr(text)
    was_cut = False
    while len(shown) > limit + 10 and len(text) > 1:
        was_cut = True
        text = text[: max(1, len(text) * limit // len(shown))]
        shown = repr(text)
    return shown, was_cut
