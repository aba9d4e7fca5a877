"""Shapes of exact types of the standard library, numpy and pandas; none of them is imported."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from ._shape import Shape, Text, called
from ._types import exact_text, field, is_from, type_name


def shape_of_known(value: object) -> Shape | None:
    """Return the shape of a value whose exact type is in the table; None for others."""
    kind = type(value)
    if kind is range:
        return _shape_of_range(value)
    if kind is slice:
        return called("slice", (value.start, value.stop, value.step))  # type: ignore[attr-defined]
    if kind is memoryview:
        return f"<memoryview of {value.nbytes:,} bytes>"  # type: ignore[attr-defined]
    name = kind.__name__ if type(kind) is type else type_name(kind).rpartition(".")[2]
    for module, reader in _KNOWN.get(name, ()):
        if is_from(kind, module, name):
            return reader(value)
    return None


def _shape_of_range(value: object) -> Shape:
    start, stop, step = value.start, value.stop, value.step  # type: ignore[attr-defined]
    return called(
        "range", (start, stop) if type(step) is int and step == 1 else (start, stop, step)
    )


def _plain_repr(value: object) -> Shape:
    return repr(value)


def _read_moment(value: object) -> Shape:
    """Read a ``datetime`` or ``time``: a time zone may be a class of the user."""
    zone = value.tzinfo  # type: ignore[attr-defined]
    if zone is None or is_from(type(zone), "datetime", "timezone"):
        return repr(value)
    bare = repr(value.replace(tzinfo=None))  # type: ignore[attr-defined]
    if is_from(type(zone), "zoneinfo", "ZoneInfo"):
        return f"{bare[:-1]}, tzinfo=zoneinfo.ZoneInfo(key={exact_text(zone.key, 'None')!r}))"
    return f"{bare[:-1]}, tzinfo=<{type_name(type(zone))} object>)"


def _read_fraction(value: object) -> Shape:
    return called("Fraction", (field(value, "_numerator"), field(value, "_denominator")))


def shape_of_uuid(number: object) -> Shape | None:
    """Return the shape of the UUID that is *number*; None if none is."""
    if type(number) is not int or not 0 <= number < 1 << 128:
        return None
    digits = f"{number:032x}"
    cuts = (0, 8, 12, 16, 20, 32)
    text = "-".join(digits[a:b] for a, b in pairwise(cuts))
    return f"UUID('{text}')"


def _read_uuid(value: object) -> Shape | None:
    return shape_of_uuid(field(value, "int"))


def _read_path(value: object) -> Shape:
    text = str(value)
    return Text(text, len(text), f"{type(value).__name__}(", ")")


def _read_array(value: object) -> Shape:
    return f"<numpy.ndarray {value.dtype} {value.shape}>"  # type: ignore[attr-defined]


def _read_frame(value: object) -> Shape:
    rows, columns = value.shape  # type: ignore[attr-defined]
    return f"<pandas.DataFrame of {rows:,} rows, {columns:,} columns>"


def _read_series(value: object) -> Shape:
    kind = type_name(type(value.dtype))  # type: ignore[attr-defined]
    ours = kind.partition(".")[0] in ("numpy", "pandas")
    dtype = f" {value.dtype}" if ours else ""  # type: ignore[attr-defined]
    return f"<pandas.Series{dtype} of {value.shape[0]:,} rows>"  # type: ignore[attr-defined]


def _read_plain_array(value: object) -> Shape:
    return f"<array.array {value.typecode!r} of {len(value):,}>"  # type: ignore[attr-defined,arg-type]


def _read_scalar(value: object) -> Shape:
    return f"{type(value).__name__}({value.item()!r})"  # type: ignore[attr-defined]


_Reader = Callable[[object], "Shape | None"]
_PATHS = ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath")
_SCALARS = (
    "bool",
    "bool_",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    *(f"float{bits}" for bits in (16, 32, 64)),
)
_KNOWN: dict[str, tuple[tuple[str, _Reader], ...]] = {
    "date": (("datetime", _plain_repr),),
    "timedelta": (("datetime", _plain_repr),),
    "timezone": (("datetime", _plain_repr),),
    "datetime": (("datetime", _read_moment),),
    "time": (("datetime", _read_moment),),
    "Decimal": (("decimal", _plain_repr),),
    "Fraction": (("fractions", _read_fraction),),
    "UUID": (("uuid", _read_uuid),),
    "array": (("array", _read_plain_array),),
    "ndarray": (("numpy", _read_array),),
    "DataFrame": (("pandas", _read_frame),),
    "Series": (("pandas", _read_series),),
    **dict.fromkeys(_PATHS, (("pathlib", _read_path),)),
    **dict.fromkeys(_SCALARS, (("numpy", _read_scalar),)),
}
