"""`imagekit.toml` as rules see it: the settings in force, and where each key is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from imagekit.dockerfile.text import Span, Text

if TYPE_CHECKING:  # a Dockerfile without an imagekit.toml is linted without loading the schema
    from imagekit.settings.load import Settings
    from imagekit.settings.schema.configuration import Configuration

_TABLE: Final = re.compile(r"^[ \t]*\[([A-Za-z0-9_.\- \t\"']+)\]")
_KEY: Final = re.compile(r"^[ \t]*([A-Za-z0-9_.\-]+|\"[^\"\n]*\")[ \t]*=[ \t]*")


@dataclass(frozen=True, kw_only=True, eq=False)
class SettingsFile:
    """The file; its text is empty when there is none and all is default."""

    text: Text
    settings: Settings

    @property
    def values(self) -> Configuration:
        """The settings in force."""
        return self.settings.values

    def span(self, key: str) -> Span:
        """Give the place of a dotted key, else of the table it would be in, else the beginning."""
        while key:
            if key in self._places:
                return self._places[key]
            key = key.rpartition(".")[0]
        return Span(0, 0)

    @cached_property
    def _places(self) -> dict[str, Span]:
        found: dict[str, Span] = {}
        table = ""
        for number in range(1, len(self.text.starts) + 1):
            line, start = self.text.line(number), self.text.line_span(number).start
            if (match := _TABLE.match(line)) is not None:
                table = match[1].replace(" ", "").replace('"', "")
                found.setdefault(table, Span(start + match.start(1), start + match.end(1)))
            elif (match := _KEY.match(line)) is not None:
                name = match[1].strip('"')
                key = f"{table}.{name}" if table else name
                found.setdefault(key, Span(start + match.start(1), start + len(line.rstrip())))
        return found
