"""What the instructions of a hand-written Dockerfile are made of, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from imagekit.dockerfile.commands import Script
from imagekit.dockerfile.lines import Logical
from imagekit.dockerfile.shell import parse_script
from imagekit.dockerfile.text import Span
from imagekit.dockerfile.words import Word


@dataclass(frozen=True, slots=True)
class Directive:
    """A parser directive at the top: `syntax`, `escape`, `check`."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment line; `text` without `#` and the space around it."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Flag:
    """`--name=value`, or `--name` alone with the value `None`."""

    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A document in the text; `span` is that of its content, `word` that of `<<NAME`."""

    name: str
    content: str
    expand: bool
    """Whether variables in it are expanded: the name is not quoted."""
    strip_tabs: bool
    word: Span
    span: Span
    end: int
    """Where the line with its name ends."""


@dataclass(frozen=True, slots=True)
class Pair:
    """`name=value` of ENV, ARG or LABEL; `value` is `None` for an ARG without a default."""

    name: str
    value: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class Mount:
    """One `--mount`; options by name as written, `src` as `source`, `dst` as `target`."""

    type: str
    options: tuple[tuple[str, str], ...]
    span: Span

    def get(self, name: str) -> str | None:
        """Give an option's value; that of a bare option is empty."""
        return next((value for key, value in self.options if key == name), None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """What all instructions have; two are equal when they are the same.

    `span` runs from the keyword to the end of the last heredoc.
    """

    keyword: str
    """In upper case."""
    span: Span
    keyword_span: Span
    arguments: Span
    """What follows keyword and flags; empty at the keyword's end when there is nothing."""
    line: Logical
    flags: tuple[Flag, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    comments: tuple[Comment, ...] = ()
    """Comment lines directly above, and between its own lines."""

    def flag(self, name: str) -> Flag | None:
        """Give the first flag of a name."""
        return next((flag for flag in self.flags if flag.name == name), None)


@dataclass(frozen=True, kw_only=True, eq=False)
class ExecForm:
    """`["a", "b"]`: no shell between."""

    words: tuple[Word, ...]
    span: Span

    @property
    def values(self) -> tuple[str, ...]:
        """The words, plain."""
        return tuple(word.value for word in self.words)


@dataclass(frozen=True, kw_only=True, eq=False)
class ShellForm:
    """A line for the stage's shell."""

    text: str
    """Continuations removed, as the shell gets it."""
    offset: int
    """Where `text` begins in `line.text`."""
    line: Logical
    span: Span

    @cached_property
    def script(self) -> Script:
        """The commands, as `sh` reads them."""
        offset, line = self.offset, self.line
        return parse_script(self.text, lambda start, end: line.span(offset + start, offset + end))


Form: TypeAlias = ExecForm | ShellForm
