"""Physical lines become logical ones: continuations joined, comments between them left out.

Source of the rules: moby/buildkit, frontend/dockerfile/parser/parser.go, `Parse`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imagekit.dockerfile.text import Span

SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go's `unicode.IsSpace` takes for white space; Python's own set is larger."""
BYTE_ORDER_MARK: Final = "\ufeff"
LONGEST_LINE: Final = 64 * 1024 - 1
"""Bytes of a line beyond which BuildKit's scanner gives up."""


@dataclass(frozen=True, slots=True)
class Logical:
    """One joined line, and where each part of it stands in the file."""

    text: str
    starts: tuple[int, ...]
    """Where each physical part begins in `text`."""
    origins: tuple[int, ...]
    """Where each physical part begins in the file."""

    def at(self, offset: int) -> int:
        """Give the place in the file of an offset in `text`."""
        if len(self.starts) == 1:
            return self.origins[0] + offset
        part = bisect_right(self.starts, offset) - 1
        return self.origins[part] + offset - self.starts[part]

    def span(self, start: int, end: int) -> Span:
        """Give the place in the file of a part of `text`."""
        if end <= start:
            return Span(self.at(start), self.at(start))
        return Span(self.at(start), self.at(end - 1) + 1)


class Lines:
    """A cursor over the physical lines of a file."""

    def __init__(self, content: str) -> None:
        self._lines = content.split("\n")
        self._taken = 0
        self.offset = 0
        """Where the next line begins."""

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        """Take a line: its offset in the file, and its text without its line break."""
        if self._taken >= len(self._lines):
            raise StopIteration
        line, offset = self._lines[self._taken], self.offset
        self.offset += len(line) + 1
        self._taken += 1
        return offset, line.rstrip("\r")


def continued(line: str, escape: str) -> str | None:
    """Give a line without its continuation character; `None` when it has none."""
    bare = line.rstrip(" \t")
    if not bare.endswith(escape) or bare[-2:-1] == escape:
        return None
    return bare[:-1]
