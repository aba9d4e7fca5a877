"""Text as a literal that a formatter leaves alone: double quotes unless single ones need less."""

from __future__ import annotations


def quoted(text: str) -> str:
    """Return the literal for *text*; letters that look like others are escaped."""
    return _in_quotes("".join(map(_shown, text)), text)


def quoted_bytes(raw: bytes) -> str:
    """Return the literal for *raw*."""
    body = repr(raw + b'"')[2:-2].replace('\\"', '"')  # with a double quote in it: single ones
    text = raw.decode("latin-1")
    if "'" in text:
        body = body.replace("\\'", "'")
    return "b" + _in_quotes(body, text)


def _in_quotes(body: str, text: str) -> str:
    quote = "'" if text.count('"') > text.count("'") else '"'
    return f"{quote}{body.replace(quote, chr(92) + quote)}{quote}"


def _shown(character: str) -> str:
    if character in "'\"" or _is_plain(character):
        return character
    return character.encode("unicode_escape").decode("ascii")


def _is_plain(character: str) -> bool:
    """Whether a reader knows the character by its looks: ASCII, Latin-1 letters, CJK."""
    if character.isascii():
        return character.isprintable() and character != "\\"
    return character.isalpha() and (character < "\u0100" or "\u3040" < character < "\uff00")
