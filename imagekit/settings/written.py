"""On which line of a TOML file a key stands: the parser does not tell. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_NAME: Final = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED: Final = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_TABLE: Final = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(rf"\s*({_DOTTED})\s*=(.*)")
_LONG_QUOTES: Final = ('"""', "'''")


def line_of(text: str, key: tuple[str, ...]) -> int | None:
    """Give the line of a key, from 1; of one inside a value, that of the value's own key.

    `None` where several lines could be meant (tables of an array), or none is found.
    """
    found = [
        (len(path), number) for number, path in _keys(text) if path and path == key[: len(path)]
    ]
    deepest = max((length for length, _ in found), default=0)
    lines = [number for length, number in found if length == deepest]
    return lines[0] if len(lines) == 1 else None


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Give each line that names a key or a table, with the whole path of it."""
    table: tuple[str, ...] = ()
    quotes: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if quotes is not None:
            quotes = None if quotes in line else quotes
        elif header := _TABLE.fullmatch(line.rstrip("\r")):
            table = _parts(header[1])
            yield number, table
        elif match := _KEY.match(line):
            yield number, (*table, *_parts(match[1]))
            quotes = next((each for each in _LONG_QUOTES if match[2].count(each) == 1), None)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(each.strip("\"'") for each in re.findall(_NAME, dotted))
