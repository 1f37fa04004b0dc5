"""Words of a Dockerfile: split, unquoted, variables expanded.

Source of the rules: moby/buildkit, frontend/dockerfile (parser/line_parsers.go `parseWords`,
shell/lex.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from imagekit.dockerfile.lines import SPACE
from imagekit.dockerfile.text import Span

_ARGUMENT: Final = re.compile(r"[^\t\v\f\r ]+")
_LONGEST: Final = 8 * 1024
"""Characters of an expanded word: `ARG A=$A$A`, often enough, would fill the memory."""
_VARIABLE: Final = re.compile(
    r"\\.|\$(?:(?P<bare>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<how>:?[-+?])(?P<word>[^${}]*))?\})",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as written (`raw`, continuations removed) and with quotes and escapes removed."""

    raw: str
    value: str
    span: Span

    @property
    def is_literal(self) -> bool:
        """Whether it holds no variable and no command substitution; `'$A'` counts as one."""
        return "$" not in self.raw and "`" not in self.raw


@cache
def _quoted_word(escape: str) -> re.Pattern[str]:
    e, space = re.escape(escape), re.escape(SPACE)
    single, double = r"'[^']*+(?:'|\Z)", rf'"(?:{e}.|{e}\Z|[^"{e}]++)*+(?:"|\Z)'
    return re.compile(rf"(?:[^'\"{e}{space}]++|{e}.|{e}\Z|{single}|{double})++", re.DOTALL)


def quoted_words(text: str, start: int, escape: str) -> Iterator[tuple[int, int]]:
    """Give where the words of ENV, LABEL and ARG are: quotes and escapes hold a word together."""
    for match in _quoted_word(escape).finditer(text, start):
        yield match.span()


def plain_words(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Give where the words of FROM, COPY, EXPOSE are: white space parts them, quotes or not."""
    for match in _ARGUMENT.finditer(text, start):
        yield match.span()


def unquoted(raw: str, escape: str) -> str:
    """Remove quotes and escapes; variables stay as they are written. Open quotes end at the end."""
    if "'" not in raw and '"' not in raw and escape not in raw:
        return raw
    found: list[str] = []
    at, quote = 0, ""
    while at < len(raw):
        here = raw[at]
        if here == escape and quote != "'":
            after = raw[at + 1 : at + 2]
            if quote and after not in ('"', "$", escape):
                found.append(here)
            found.append(after)
            at += 2
            continue
        if here == quote:
            quote = ""
        elif not quote and here in "'\"":
            quote = here
        else:
            found.append(here)
        at += 1
    return "".join(found)


def expanded(text: str, variables: Mapping[str, str | None]) -> str | None:
    """Expand `$A`, `${A}`, `${A:-b}`, `${A:+b}`, `${A-b}`, `${A+b}`.

    Gives `None` when a variable's value is not known: it is absent from `variables`, or `None`
    there, and no default is written; and when the result is longer than anybody means it.
    """
    known = True

    def value(match: re.Match[str]) -> str:
        nonlocal known
        if match["bare"] is None and match["name"] is None:
            return match[0]
        found = variables.get(match["bare"] or match["name"])
        how = match["how"] or ""
        is_set = found is not None and (found != "" or not how.startswith(":"))
        if how.endswith("+"):
            return match["word"] if is_set else ""
        if how.endswith("-") and not is_set:
            return str(match["word"])
        if found is None:
            known = False
            return ""
        return found

    result = _VARIABLE.sub(value, text)
    return result if known and len(result) <= _LONGEST else None


def variables_in(text: str) -> tuple[str, ...]:
    """Give the names of the variables a word uses, in order, each once."""
    names = (match["bare"] or match["name"] for match in _VARIABLE.finditer(text))
    return tuple(dict.fromkeys(name for name in names if name))
