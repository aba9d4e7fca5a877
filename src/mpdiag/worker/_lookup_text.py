"""Texts that could not be read as a number, a date, JSON or characters."""

from __future__ import annotations

import ast
import re
from typing import cast

from .. import codec
from ..model import BadText, Lookup
from ._kept import mask
from ._look import Look, hides, message_of

_INT = re.compile(r"invalid literal for int\(\) with base (\d+): (.*)", re.DOTALL)
_FLOAT = re.compile(r"could not convert string to float: (.*)", re.DOTALL)
_DATE = re.compile(r"time data (.*) does not match format (.*)", re.DOTALL)
# Characters on each side of the place of which secrets are known.
_WINDOW = 4096


def read_value(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return the text in a ValueError of `int`, `float` or `strptime`, and where it goes wrong."""
    del below
    message = message_of(error)
    if (found := _INT.fullmatch(message)) and _calls(look, "int"):
        text, node = _text_of(look, found[2])
        at = codec.bad_in_int(text, int(found[1])) if isinstance(text, str) else None
        base = "int" if found[1] == "10" else f"int of base {found[1]}"
        remark = (
            "it reads as a float" if isinstance(text, str) and codec.reads_as_float(text) else ""
        )
        return _lookup(look, node, text, at=at, wanted=base, remark=remark)
    if (found := _FLOAT.fullmatch(message)) and _calls(look, "float"):
        text, node = _text_of(look, found[1])
        at = codec.bad_in_float(text) if isinstance(text, str) else None
        return _lookup(look, node, text, at=at, wanted="float")
    if (found := _DATE.fullmatch(message)) and _calls(look, "strptime"):
        text, node = _text_of(look, found[1])
        form, _ = _text_of(look, found[2])
        wrong = (
            codec.bad_in_date(text, form)
            if isinstance(text, str) and isinstance(form, str)
            else None
        )
        remark = f"{wrong[1]} does not fit there" if wrong and wrong[1] else ""
        at = wrong[0] if wrong else None
        return _lookup(look, node, text, at=at, wanted=_quoted(form), remark=remark)
    return None


def read_decimal(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return the text that `decimal.Decimal` refused; its message does not have it."""
    del error, below
    texts = [(node, look.value(node)) for node in _arguments(look.node)[:1]]
    for node, text in texts:
        if codec.is_plain(text) and isinstance(text, str) and _calls(look, "Decimal"):
            at = codec.bad_in_float(text)
            return _lookup(look, node, text, at=at, wanted="decimal.Decimal")
    return None


def read_json(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return the place of a text at which it is no JSON."""
    del below
    facts = dict(codec.instance_fields(error))
    doc, at, said = facts.get("doc"), facts.get("pos"), facts.get("msg")
    if type(doc) is not str or type(at) is not int or type(said) is not str:
        return None
    if not _calls(look, "loads", "load", "json", "decode"):
        return None
    node = _holding(look, doc)
    line = doc.count("\n", 0, at) + 1 if "\n" in doc else None
    return _lookup(look, node, doc, at=at, wanted="JSON", remark=said, line=line)


def read_decode(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return the place at which bytes are no text of an encoding, or a text cannot become bytes."""
    del below
    wrong = cast("UnicodeDecodeError", error)
    raw: object = wrong.object
    at, encoding = wrong.start, wrong.encoding
    if not (codec.is_plain(raw) and isinstance(raw, (bytes, str))):
        return None
    if not (look.certain or _holding(look, raw) is not None):
        return None
    node = _holding(look, raw)
    if isinstance(raw, bytes):
        remark = codec.remark_on_bytes(raw, at)
        if node is None:
            remark = f"{remark}{'; ' if remark else ''}counted in the piece that was read"
    else:
        remark = f"that is U+{ord(raw[at : at + 1] or ' '):04X}"
    return _lookup(look, node, raw, at=at, wanted=encoding, remark=remark)


def _calls(look: Look, *names: str) -> bool:
    """Tell whether the failing expression may be a call of one of these."""
    func = look.node.func if isinstance(look.node, ast.Call) else None
    name = getattr(func, "attr", None) or getattr(func, "id", None)
    return look.certain or name in names


def _arguments(node: ast.AST) -> list[ast.expr]:
    """Return what a call may have read: its arguments, or what its method is of."""
    if not isinstance(node, ast.Call):
        return []
    own = [node.func.value] if isinstance(node.func, ast.Attribute) else []
    return [*node.args, *(one.value for one in node.keywords), *own]


def _holding(look: Look, text: object) -> ast.expr | None:
    """Return the expression that held *text*, if it is known."""
    found = (one for one in _arguments(look.node) if codec.same(look.value(one), text))
    return next(found, None)


def _text_of(look: Look, shown: str) -> tuple[object, ast.expr | None]:
    """Return the text that a message shows, and the expression that held it, if it is known."""
    for node in _arguments(look.node):
        value = look.value(node)
        if (type(value) is str or type(value) is bytes) and repr(value)[:200] == shown[:200]:
            return value, node
    try:
        found = ast.literal_eval(shown)
    except Exception:
        return None, None
    return found, None


def _quoted(form: object) -> str:
    return mask().text(repr(form))[:80]


def _lookup(
    look: Look,
    node: ast.expr | None,
    text: object,
    *,
    at: int | None,
    wanted: str,
    remark: str = "",
    line: int | None = None,
) -> Lookup | None:
    if not isinstance(text, (str, bytes)):
        return None
    before, after = ("", "") if _is_hidden(node) else _around(text, at)
    return Lookup(
        kind="text",
        frame=look.index,
        subject=look.text(node if node is not None else look.node),
        path=look.path(node, text) if node is not None else "",
        bad=BadText(
            wanted=wanted,
            size=len(text),
            at=at,
            before=before,
            after=after,
            line=line,
            remark=remark,
        ),
    )


def _is_hidden(node: ast.expr | None) -> bool:
    return node is not None and hides(node)


def _around(text: str | bytes, at: int | None) -> tuple[str, str]:
    """Return what stands before and after the place, without secrets, as Python writes it."""
    at = min(max(at or 0, 0), len(text))
    start = max(0, at - _WINDOW)
    raw = text[start : at + _WINDOW]
    whole = raw if isinstance(raw, str) else raw.decode("latin-1")
    before = mask().text(whole[: at - start])
    masked = mask().text(whole)
    if not masked.startswith(before):
        return "", ""  # a secret lies across the place
    pieces = before[-codec.SHOWN :], masked[len(before) :][: codec.SHOWN]
    if isinstance(text, bytes):
        return tuple(repr(piece.encode("latin-1")) if piece else "" for piece in pieces)  # type: ignore[return-value]
    return tuple(repr(piece) if piece else "" for piece in pieces)  # type: ignore[return-value]
