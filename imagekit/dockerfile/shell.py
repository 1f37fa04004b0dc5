"""Shell text, read as far as rules need: commands, what joins them, their words.

It follows the grammar of POSIX `sh` (XCU, 2.10) for tokens, quotes, operators, redirections,
comments, here-documents and substitutions. Compound commands (`if`, `for`, `case`) are not built
into a tree: their reserved words are taken away, and the commands inside stand in a row, each
saying by what it is joined to the one before and how deep it is nested.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from imagekit.dockerfile.commands import ASSIGNMENT, Assignment, Command, Operator, Redirect, Script
from imagekit.dockerfile.shell_words import word_end
from imagekit.dockerfile.text import Span
from imagekit.dockerfile.words import Word, unquoted

_DEEPEST: Final = 6
"""Nesting of command substitutions beyond which nothing is read."""
_BLANK: Final = re.compile(r"(?:[ \t\r\v\f]|\\\r?\n)+")
_COMMENT: Final = re.compile(r"#[^\n]*")
_OPERATOR: Final = re.compile(r"&&|\|\||;;&?|;&|\|&|[;&|()\n]")
_JOINS: Final[Mapping[str, Operator]] = {
    "&&": "&&",
    "||": "||",
    "|": "|",
    "|&": "|",
    "&": "&",
    ";": ";",
    "\n": ";",
}
_REDIRECT: Final = re.compile(r"(?P<fd>\d*)(?P<how><<<|<<-|<<|<>|<&|>>|>&|>\||<|>)|&>>?")
_DECIMAL: Final = re.compile(r"\d+(?=[<>])")

_RESERVED: Final = frozenset(
    {"!", "{", "}", "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "time"}
)
"""Words that begin or end a compound command; a command may follow each."""


def parse_script(text: str, place: Callable[[int, int], Span]) -> Script:
    """Read shell text; it never fails: what is no shell gives fewer commands.

    Args:
        text: the script, continuations still in it or not.
        place: turns a part of `text` into its place in the file.
    """
    return Script(text=text, commands=tuple(_Reader(text, place, 0, len(text), 0).commands()))


@dataclass(slots=True)
class _Draft:
    """A command as it is being read."""

    operator: Operator
    depth: int
    start: int = -1
    end: int = -1
    words: list[Word] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


class _Reader:
    """Reads one level of a script; substitutions are read by readers of their own."""

    def __init__(
        self, text: str, place: Callable[[int, int], Span], start: int, end: int, depth: int
    ) -> None:
        self._text = text
        self._place = place
        self._at = start
        self._end = end
        self._base = depth
        self._found: list[Command] = []
        self._draft = _Draft(operator="", depth=depth)
        self._parentheses = 0
        self._documents: list[tuple[str, bool]] = []
        self._redirect = ""
        self._case: list[Literal["word", "pattern", "body"]] = []
        self._skip_words = False

    def commands(self) -> list[Command]:
        text, end = self._text, self._end
        while self._at < end:
            blank = _BLANK.match(text, self._at, end)
            if blank is not None:
                self._at = blank.end()
                continue
            here = text[self._at]
            if here == "#" and (match := _COMMENT.match(text, self._at, end)):
                self._at = match.end()
            elif (here in "<>" or here.isdigit() or here == "&") and self._redirection():
                continue
            elif here in ";&|()\n" and (match := _OPERATOR.match(text, self._at, end)):
                self._at = match.end()
                self._operator(match[0])
            else:
                self._word()
        self._finish("")
        return self._found

    def _redirection(self) -> bool:
        match = _REDIRECT.match(self._text, self._at, self._end)
        if match is None:
            return False
        if self._draft.start < 0:
            self._draft.start = self._at
        self._redirect = match["how"] or match[0]
        self._at = match.end()
        self._draft.end = self._at
        return True

    def _operator(self, operator: str) -> None:
        if operator == "(":
            self._finish(self._draft.operator)
            if self._case[-1:] != ["pattern"]:
                self._parentheses += 1
            self._draft.depth = self._base + self._parentheses
            return
        if operator == ")":
            if self._case[-1:] == ["pattern"]:
                self._case[-1] = "body"
                self._draft = self._new("")
                return
            self._finish("")
            self._parentheses = max(0, self._parentheses - 1)
            self._draft = self._new("")
            return
        if operator.startswith(";") and operator != ";":
            self._finish(";")
            if self._case:
                self._case[-1] = "pattern"
            return
        if self._case[-1:] == ["pattern"] and operator == "|":
            return
        self._finish(_JOINS[operator], line_ended=operator == "\n")
        if operator == "\n" and self._documents:
            self._skip_documents()

    def _new(self, operator: Operator) -> _Draft:
        return _Draft(operator=operator, depth=self._base + self._parentheses)

    def _finish(self, operator: Operator, *, line_ended: bool = False) -> None:
        draft = self._draft
        self._skip_words = False
        self._redirect = ""
        if draft.words or draft.assignments or draft.redirects:
            self._found.append(
                Command(
                    words=tuple(draft.words),
                    assignments=tuple(draft.assignments),
                    redirects=tuple(draft.redirects),
                    span=self._place(draft.start, draft.end),
                    operator=draft.operator,
                    depth=draft.depth,
                )
            )
            self._draft = self._new(operator)
        else:
            # `a &&\n b`, `; then b`: the first operator is what joins.
            self._draft = self._new(draft.operator if line_ended else operator)

    def _word(self) -> None:
        start = self._at
        end, inside = word_end(self._text, start, self._end)
        self._at = end
        raw = self._text[start:end].replace("\\\n", "").replace("\\\r\n", "")
        if self._case[-1:] == ["pattern"]:
            if raw == "esac":
                self._case.pop()
            return
        if self._case[-1:] == ["word"]:
            if raw == "in":
                self._case[-1] = "pattern"
            return
        draft = self._draft
        if not draft.words and not self._redirect and self._reserved(raw):
            return
        if self._skip_words:
            return
        if draft.start < 0:
            draft.start = start
        draft.end = end
        assignment = ASSIGNMENT.match(raw) if not draft.words and not self._redirect else None
        span = self._place(start, end)
        if self._redirect:
            word = Word(raw, unquoted(raw, "\\"), span)
            draft.redirects.append(Redirect(self._redirect, word))
            if self._redirect in ("<<", "<<-"):
                self._documents.append((word.value, self._redirect == "<<-"))
            self._redirect = ""
        elif assignment is not None:
            value = unquoted(raw[assignment.end() :], "\\")
            draft.assignments.append(Assignment(assignment[1], value, span))
        else:
            draft.words.append(Word(raw, unquoted(raw, "\\"), span))
        if self._base < _DEEPEST:
            for first, last in inside:
                reader = _Reader(self._text, self._place, first, last, draft.depth + 1)
                self._found.extend(reader.commands())

    def _reserved(self, word: str) -> bool:
        if self._draft.assignments or self._draft.redirects:
            return False
        if word in _RESERVED:
            return True
        if word == "case":
            self._case.append("word")
            return True
        if word == "esac" and self._case:
            self._case.pop()
            return True
        if word in ("for", "select"):
            self._skip_words = True  # up to `do`: a name and a list, no command
            return True
        return False

    def _skip_documents(self) -> None:
        for name, strip_tabs in self._documents:
            while self._at < self._end:
                stop = self._text.find("\n", self._at, self._end)
                stop = self._end if stop < 0 else stop
                line = self._text[self._at : stop].rstrip("\r")
                self._at = min(stop + 1, self._end)
                if (line.lstrip("\t") if strip_tabs else line) == name:
                    break
        self._documents.clear()
