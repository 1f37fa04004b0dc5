"""The parts that every instruction has, cut from its line: keyword, flags, words, JSON.

Source of the rules: moby/buildkit, frontend/dockerfile/parser (split_command.go, line_parsers.go).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined] # in the module for decades
from typing import Any, Final

from imagekit.dockerfile.lines import SPACE, Logical
from imagekit.dockerfile.parts import Comment, ExecForm, Flag, Form, Heredoc, ShellForm
from imagekit.dockerfile.text import Span
from imagekit.dockerfile.words import Word, plain_words, quoted_words, unquoted

_GAP: Final = re.compile(r"[\t\v\f\r ]+")
_JSON_SPACE: Final = re.compile(r"[ \t\n\r]*")


class Refusal(Exception):
    """Why an instruction cannot be read."""

    def __init__(self, problem: str, at: int = 0) -> None:
        """Name the problem and its offset in the logical line."""
        super().__init__(problem)
        self.problem = problem
        self.at = at


@dataclass(slots=True)
class Head:
    """An instruction before its arguments are understood. Offsets are in `line.text`."""

    line: Logical
    escape: str
    keyword: str
    start: int
    word_end: int
    at: int
    """Where the arguments begin."""
    end: int
    flags: tuple[Flag, ...]
    comments: tuple[Comment, ...]
    heredocs: tuple[Heredoc, ...] = ()

    @classmethod
    def cut(cls, line: Logical, start: int, escape: str, comments: tuple[Comment, ...]) -> Head:
        """Cut the instruction that begins at an offset of a line."""
        text = line.text
        start += _blank(text, start, len(text))
        end = len(text.rstrip(SPACE))
        gap = _GAP.search(text, start, end)
        word_end, at = (gap.start(), gap.end()) if gap else (end, end)
        flags, at = _flags(line, at, end, escape)
        return cls(
            line=line,
            escape=escape,
            keyword=text[start:word_end].upper(),
            start=start,
            word_end=word_end,
            at=at,
            end=end,
            flags=flags,
            comments=comments,
        )

    @property
    def rest(self) -> str:
        """The arguments as one text."""
        return self.line.text[self.at : self.end]

    @property
    def fields(self) -> dict[str, Any]:
        """Give what every node has."""
        line = self.line
        end = line.at(self.end - 1) + 1 if self.end > self.start else line.at(self.start)
        if self.heredocs:
            end = self.heredocs[-1].end
        at = self.at if self.at < self.end else self.word_end
        return {
            "keyword": self.keyword,
            "span": Span(line.at(self.start), end),
            "keyword_span": line.span(self.start, self.word_end),
            "arguments": line.span(at, max(at, self.end if self.at < self.end else at)),
            "line": line,
            "flags": self.flags,
            "heredocs": self.heredocs,
            "comments": self.comments,
        }

    def plain(self) -> tuple[Word, ...]:
        """Give the arguments parted by white space, quotes or not."""
        text, line = self.line.text, self.line
        found = []
        for start, end in plain_words(text, self.at):
            raw = text[start:end].rstrip(SPACE) if end > self.end else text[start:end]
            found.append(Word(raw, unquoted(raw, self.escape), line.span(start, start + len(raw))))
        return tuple(found)

    def quoted(self) -> tuple[Word, ...]:
        """Give the arguments that quotes and escapes hold together."""
        text, line = self.line.text, self.line
        return tuple(
            Word(text[start:end], unquoted(text[start:end], self.escape), line.span(start, end))
            for start, end in quoted_words(text, self.at, self.escape)
        )

    def whole(self) -> Word:
        """Give all arguments as one word, white space and all."""
        if not self.rest:
            message = f"{self.keyword} needs an argument"
            raise Refusal(message, self.start)
        raw = self.rest
        return Word(raw, unquoted(raw, self.escape), self.line.span(self.at, self.end))

    def array(self, at: int | None = None) -> tuple[Word, ...] | None:
        """Give the words of the JSON form; `None` when it is none.

        Raises:
            Refusal: an array with something in it that is no string.
        """
        at = self.at if at is None else at
        text = self.line.text[: self.end]
        if not text.startswith("[", at):
            return None
        try:
            found, position = self._strings(text, at)
            if text[position] == "]" and position + 1 == len(text):
                return tuple(found)
        except (ValueError, IndexError):
            return None
        if _is_array(text[at:]):
            message = f"the array of {self.keyword} has something in it that is no string"
            raise Refusal(message, self.at)
        return None

    def _strings(self, text: str, at: int) -> tuple[list[Word], int]:
        """Give the strings of an array and where what follows them begins."""
        found: list[Word] = []
        at = _behind_space(text, at + 1)
        if text[at] == "]":
            return found, at
        while True:
            if text[at] != '"':
                return found, 0  # the array's own bracket: there is no end here
            value, stop = scanstring(text, at + 1, True)
            found.append(Word(text[at:stop], value, self.line.span(at, stop)))
            at = _behind_space(text, stop)
            if text[at] != ",":
                return found, at
            at = _behind_space(text, at + 1)

    def form(self, at: int | None = None) -> Form:
        """Give what runs: the JSON form, else a line for the shell."""
        at = self.at if at is None else at
        words = self.array(at)
        span = self.line.span(at, self.end)
        if words is not None:
            return ExecForm(words=words, span=span)
        return ShellForm(text=self.line.text[at : self.end], offset=at, line=self.line, span=span)


def _is_array(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


def _blank(text: str, start: int, end: int) -> int:
    part = text[start:end]
    return len(part) - len(part.lstrip(SPACE))


def _behind_space(text: str, at: int) -> int:
    match = _JSON_SPACE.match(text, at)
    return match.end() if match else at


def _flags(line: Logical, at: int, end: int, escape: str) -> tuple[tuple[Flag, ...], int]:
    text = line.text
    found: list[Flag] = []
    while True:
        at += _blank(text, at, end)
        if not text.startswith("--", at) or at >= end:
            return tuple(found), at
        stop, raw = _flag(text, at, end, escape)
        if raw == "--":
            return tuple(found), stop + _blank(text, stop, end)
        name, equals, value = raw[2:].partition("=")
        found.append(Flag(name, value if equals else None, line.span(at, stop)))
        at = stop


def _flag(text: str, at: int, end: int, escape: str) -> tuple[int, str]:
    """Give where a flag ends and its text without quotes and escapes."""
    found: list[str] = []
    quote = ""
    while at < end and (quote or text[at] not in SPACE):
        here = text[at]
        if here == escape:
            at += 1
            found.append(text[at : at + 1] if at < end else "")
        elif here == quote:
            quote = ""
        elif not quote and here in "'\"":
            quote = here
        else:
            found.append(here)
        at += 1
    return min(at, end), "".join(found)
