"""A file's text and places in it: offsets inside, lines and columns for people."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Span(NamedTuple):
    """A part of a text: offsets of characters, `end` exclusive."""

    start: int
    end: int

    def covers(self, other: Span) -> bool:
        """Tell whether the other lies inside, or is the same."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share a character; an empty one lies where it starts."""
        if self.start == self.end or other.start == other.end:
            return self.start <= other.start <= self.end or other.start <= self.start <= other.end
        return self.start < other.end and other.start < self.end


class Location(NamedTuple):
    """Where a span is, for people: lines and columns count characters from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, kw_only=True)
class Text:
    """A file as read: bytes that are not UTF-8 are lone surrogates, line breaks as they are."""

    file: str
    """How messages name it."""
    content: str

    @classmethod
    def decode(cls, file: str, data: bytes) -> Text:
        """Make a text of any bytes; `encode` gives the same bytes back."""
        return cls(file=file, content=data.decode("utf-8", errors="surrogateescape"))

    def encode(self) -> bytes:
        """Give the bytes of the file."""
        return self.content.encode("utf-8", errors="surrogateescape")

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset of each line; lines end with a line feed and nothing else."""
        found = [0]
        at = self.content.find("\n")
        while at >= 0:
            found.append(at + 1)
            at = self.content.find("\n", at + 1)
        return tuple(found)

    def line_of(self, offset: int) -> int:
        """Give the number of the line, from 1, that an offset is on."""
        return bisect_right(self.starts, max(0, min(offset, len(self.content))))

    def line(self, number: int) -> str:
        """Give a line without its line break; empty when there is no such line."""
        if not 1 <= number <= len(self.starts):
            return ""
        start = self.starts[number - 1]
        end = self.content.find("\n", start)
        line = self.content[start:] if end < 0 else self.content[start:end]
        return line.removesuffix("\r")

    def line_span(self, number: int) -> Span:
        """Give the span of a line without its line break."""
        start = self.starts[max(1, min(number, len(self.starts))) - 1]
        return Span(start, start + len(self.line(number)))

    def location(self, span: Span) -> Location:
        """Give the lines and columns of a span."""
        line, end_line = self.line_of(span.start), self.line_of(max(span.start, span.end))
        return Location(
            line=line,
            column=max(0, span.start - self.starts[line - 1]) + 1,
            end_line=end_line,
            end_column=max(0, min(span.end, len(self.content)) - self.starts[end_line - 1]) + 1,
        )

    def of(self, span: Span) -> str:
        """Give the text of a span, as written."""
        return self.content[span.start : span.end]
