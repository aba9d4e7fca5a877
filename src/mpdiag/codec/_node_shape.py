"""Shapes of nodes: in the style of live values, as far as a pickle tells."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from ._known import shape_of_uuid
from ._nodes import Node
from ._shape import WINDOW, Entry, Group, Shape, Text, called, named
from ._types import exact_text

# Modules whose names are left out, as in the text of the live value.
_FAMILIAR = (
    "collections",
    "datetime",
    "decimal",
    "fractions",
    "pathlib",
    "pathlib._local",
    "uuid",
)


def shape_of_node(node: Node) -> Shape:
    """Return the shape in which *node* is shown."""
    match node.kind:
        case "name":
            return f"<{exact_text(node.path)}>"
        case "persistent":
            return Group("<persistent ", ">", [Entry(node.args[0])], 1)
        case "buffer":
            return "<out-of-band buffer>"
        case "unfinished":
            return Group("<unfinished: ", ">", (Entry(item) for item in node.args), len(node.args))
        case "key":
            return Group("", "", [Entry(node.args[0])], 1)
        case "number":
            return f"<int of {node.args[0]:,} digits>"
        case _:
            special = _SPECIAL.get(node.path)
            return (special(node) if special else None) or _shape_of_instance(node)


def _shape_of_instance(node: Node) -> Shape:
    """Return ``Point(x=1, y=2)`` for an object, ``app.make(1)`` for the result of a call."""
    size = len(node.args) + len(node.keywords) + _state_size(node)
    size += bool(node.items) + bool(node.pairs)
    if not size and node.kind == "object":
        return f"<{exact_text(node.path)} object>"
    short = node.kind == "object" or node.module in _FAMILIAR
    head = exact_text(node.name if short else node.path)
    return Group(f"{head}(", ")", _parts(node), size)


def _parts(node: Node) -> Iterator[Entry]:
    """Yield the parts one by one: a hostile node has a million, and is referred to often."""
    yield from (Entry(item) for item in node.args)
    yield from (Entry(item, exact_text(name)) for name, item in node.keywords)
    if _has_fields(node):
        yield from (Entry(item, exact_text(name)) for name, item in node.fields())
    elif node.state is not None:
        yield Entry(node.state)
    if node.items:
        items = (Entry(item) for item in node.items)
        yield Entry(Group("[", "]", items, len(node.items)))
    if node.pairs:
        pairs = (Entry(item, "", key) for key, item in node.pairs)
        yield Entry(Group("{", "}", pairs, len(node.pairs)))


def _has_fields(node: Node) -> bool:
    return type(node.state) is dict or next(node.fields(), None) is not None


def _state_size(node: Node) -> int:
    if not _has_fields(node):
        return node.state is not None
    parts = node.state if type(node.state) is tuple else (node.state,)
    return sum(len(part) for part in parts if type(part) is dict)


def _shape_of_attribute(node: Node) -> Shape | None:
    """Show ``getattr(app.Color, 'RED')`` as Python 3.11 pickles members: ``Color.RED``."""
    match node.args:
        case (Node(kind="name", name=owner), str(name)):
            return f"{exact_text(owner)}.{exact_text(name)}"
    return None


def _shape_of_partial(node: Node) -> Shape | None:
    match node.state:
        case (function, tuple(args), dict(keywords), _):
            entries = [Entry(function), *(Entry(item) for item in args)]
            entries += [Entry(item, exact_text(name)) for name, item in keywords.items()]
            return Group("functools.partial(", ")", entries, len(entries))
    return None


def _shape_of_date(node: Node) -> Shape | None:
    match node.args:
        case (bytes(packed),) if len(packed) == 4:  # noqa: PLR2004 - two of year, month, day
            return f"datetime.date({_year(packed)}, {packed[2]}, {packed[3]})"
    return None


def _shape_of_datetime(node: Node) -> Shape | None:
    match node.args:
        case (bytes(packed), *zone) if len(packed) == 10:  # noqa: PLR2004 - as a date, then time
            clock = _clock(packed[4:])
            parts = (_year(packed), packed[2] & 0x7F, packed[3], *clock)
            return _moment("datetime.datetime", parts, zone)
    return None


def _shape_of_time(node: Node) -> Shape | None:
    match node.args:
        case (bytes(packed), *zone) if len(packed) == 6:  # noqa: PLR2004 - h, m, s, three of us
            clock = _clock(bytes([packed[0] & 0x7F]) + packed[1:])
            return _moment("datetime.time", clock, zone)
    return None


def _year(packed: bytes) -> int:
    return packed[0] * 256 + packed[1]


def _clock(packed: bytes) -> tuple[int, ...]:
    """Return hour, minute, and seconds as far as they are not zero."""
    parts = [packed[0], packed[1], packed[2], int.from_bytes(packed[3:6], "big")]
    while len(parts) > 2 and parts[-1] == 0:  # noqa: PLR2004 - hour and minute always show
        parts.pop()
    return tuple(parts)


def _moment(head: str, parts: tuple[int, ...], zone: list[object]) -> Shape:
    entries = [Entry(part) for part in parts]
    entries += [Entry(item, "tzinfo") for item in zone]
    return Group(f"{head}(", ")", entries, len(entries))


def _shape_of_timezone(node: Node) -> Shape | None:
    match node.args:
        case (Node(name="timedelta", args=(0, 0, 0)),):
            return "datetime.timezone.utc"
    return None


def _shape_of_timedelta(node: Node) -> Shape | None:
    names = ("days", "seconds", "microseconds")
    if not all(type(part) is int for part in node.args) or len(node.args) != len(names):
        return None
    fields = [(name, part) for name, part in zip(names, node.args, strict=True) if part]
    return named("datetime.timedelta", fields) if fields else "datetime.timedelta(0)"


def _shape_of_path(node: Node) -> Shape | None:
    if not node.args or not all(type(part) is str for part in node.args):
        return None
    parts = [str(part) for part in node.args]
    text = "/".join([parts[0].rstrip("/") if len(parts) > 1 else parts[0], *parts[1:]])
    return Text(text[:WINDOW], len(text), f"{exact_text(node.name)}(", ")")


def _shape_of_uuid(node: Node) -> Shape | None:
    return shape_of_uuid(node.attribute("int"))


def _shape_of_fraction(node: Node) -> Shape | None:
    match node.args:
        case (str(text),):
            top, _, bottom = text.partition("/")
            return f"Fraction({exact_text(top)}, {exact_text(bottom or '1')})"
    return None


def _shape_of_array(node: Node) -> Shape | None:
    """Show what ``ndarray.__reduce__`` left: a state of (version, shape, dtype, order, data)."""
    match node.state:
        case (_, tuple(shape), Node() as dtype, _, _) if _all_int(shape):
            return f"<numpy.ndarray {_dtype(dtype)} {_sizes(shape)}>"
    return None


def _shape_of_buffer_array(node: Node) -> Shape | None:
    """Show what ``ndarray.__reduce_ex__(5)`` left: (buffer, dtype, shape, order)."""
    match node.args:
        case (_, Node() as dtype, tuple(shape), *_) if _all_int(shape):
            return f"<numpy.ndarray {_dtype(dtype)} {_sizes(shape)}>"
    return None


def _shape_of_scalar(node: Node) -> Shape | None:
    """Show ``numpy.float64(1.5)``, of which a pickle holds the type and the bytes."""
    match node.args:
        case (Node() as dtype, bytes(raw)):
            code = _SCALARS.get(str(dtype.args[0]) if dtype.args else "")
            if code and struct.calcsize(code) == len(raw):
                return f"{_dtype(dtype)}({struct.unpack(code, raw)[0]!r})"
    return None


def _shape_of_zone(node: Node) -> Shape | None:
    match node.args:
        case (str(key), _):
            return f"zoneinfo.ZoneInfo(key={exact_text(key)!r})"
    return None


def _all_int(shape: tuple[object, ...]) -> bool:
    return all(type(size) is int and size.bit_length() <= 64 for size in shape)  # noqa: PLR2004 - a size


def _sizes(shape: tuple[object, ...]) -> str:
    return repr(shape[:8]) if len(shape) <= 8 else f"{repr(shape[:8])[:-1]}, ...)"  # noqa: PLR2004 - dimensions


def _dtype(node: Node) -> str:
    """Return ``float64`` for the code ``f8``."""
    code = node.args[0] if node.args else None
    if type(code) is not str:
        return "object"
    names = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
    if code[:1] in names and code[1:].isdecimal() and len(code) <= 3:  # noqa: PLR2004 - c16
        return f"{names[code[0]]}{int(code[1:]) * 8}"
    return {"b1": "bool", "O8": "object"}.get(code, exact_text(code))


def _shape_of_frame(node: Node) -> Shape | None:
    return f"<{exact_text(node.path)} object>"


def _shape_of_deque(node: Node) -> Shape | None:
    return called("deque", [list(node.items)]) if node.items else None


# Codes of numpy for its own scalars, and of struct for the same bytes (little-endian machines).
_SCALARS = {
    "b1": "<?", "i1": "<b", "u1": "<B", "i2": "<h", "u2": "<H", "i4": "<i", "u4": "<I",
    "i8": "<q", "u8": "<Q", "f2": "<e", "f4": "<f", "f8": "<d",
}  # fmt: skip

_SPECIAL: dict[str, Callable[[Node], Shape | None]] = {
    "getattr": _shape_of_attribute,
    "functools.partial": _shape_of_partial,
    "datetime.date": _shape_of_date,
    "datetime.datetime": _shape_of_datetime,
    "datetime.time": _shape_of_time,
    "datetime.timezone": _shape_of_timezone,
    "datetime.timedelta": _shape_of_timedelta,
    "uuid.UUID": _shape_of_uuid,
    "fractions.Fraction": _shape_of_fraction,
    "collections.deque": _shape_of_deque,
    "numpy.core.multiarray._reconstruct": _shape_of_array,
    "numpy._core.multiarray._reconstruct": _shape_of_array,
    "numpy.core.numeric._frombuffer": _shape_of_buffer_array,
    "numpy._core.numeric._frombuffer": _shape_of_buffer_array,
    "numpy.core.multiarray.scalar": _shape_of_scalar,
    "numpy._core.multiarray.scalar": _shape_of_scalar,
    "zoneinfo.ZoneInfo._unpickle": _shape_of_zone,
    "pandas.DataFrame": _shape_of_frame,
    "pandas.Series": _shape_of_frame,
    "pandas.core.frame.DataFrame": _shape_of_frame,
    "pandas.core.series.Series": _shape_of_frame,
    **{
        f"{module}.{name}": _shape_of_path
        for module in ("pathlib", "pathlib._local")
        for name in ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath")
    },
}
