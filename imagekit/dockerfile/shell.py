"""Shell text, read as far as rules need: commands, what joins them, their words.

It follows the grammar of POSIX `sh` (XCU, 2.10) for tokens, quotes, operators, redirections,
comments, here-documents and substitutions. Compound commands (`if`, `for`, `case`) are not built
into a tree: their reserved words are taken away, and the commands inside stand in a row, each
saying by what it is joined to the one before and how deep it is nested.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from imagekit.dockerfile.text import Span
from imagekit.dockerfile.words import Word, unquoted

SHELLS: Final = frozenset({"sh", "bash", "ash", "dash", "ksh", "zsh", "busybox"})
"""Names of programs that read a script."""

Operator = Literal["", "&&", "||", ";", "&", "|"]

_DEEPEST: Final = 6
"""Nesting of command substitutions beyond which nothing is read."""
_PLAIN: Final = re.compile(r"[^\s'\"\\$`;&|()<>]+")
_BLANK: Final = re.compile(r"(?:[ \t\r\v\f]|\\\r?\n)+")
_COMMENT: Final = re.compile(r"#[^\n]*")
_SINGLE: Final = re.compile(r"'[^']*(?:'|\Z)")
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
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=")
_DECIMAL: Final = re.compile(r"\d+(?=[<>])")
_INSIDE: Final = re.compile(r"[^\\'\"`$(){}]+")

_RESERVED: Final = frozenset(
    {"!", "{", "}", "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "time"}
)
"""Words that begin or end a compound command; a command may follow each."""
_WRAPPERS: Final = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-T", "-U", "-r", "-t"}),
    "env": frozenset({"-u", "-C", "-S", "--unset", "--chdir"}),
    "exec": frozenset({"-a"}),
    "command": frozenset(),
    "nice": frozenset({"-n"}),
    "nohup": frozenset(),
    "time": frozenset(),
    "su-exec": frozenset(),
    "gosu": frozenset(),
    "timeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
}
"""Programs that start the program named after their own options, and which options take a word."""
_ONE_WORD_FIRST: Final = frozenset({"su-exec", "gosu", "timeout"})


@dataclass(frozen=True, slots=True)
class Assignment:
    """`NAME=value` before a command, or alone."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirection; `operator` without the descriptor's number."""

    operator: str
    target: Word


@dataclass(frozen=True, eq=False)
class Command:
    """One simple command."""

    words: tuple[Word, ...]
    """Without assignments and redirections."""
    assignments: tuple[Assignment, ...]
    redirects: tuple[Redirect, ...]
    span: Span
    operator: Operator
    """What stands before it: `|` means that it reads the output of the one before."""
    depth: int = 0
    """0 outside of `(...)`, `$(...)` and backquotes."""

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Its words without quotes."""
        return tuple(word.value for word in self.words)

    @cached_property
    def effective(self) -> tuple[Word, ...]:
        """Its words from the program on that `sudo`, `env`, `exec` and their like start."""
        words = self.words
        while words and (options := _WRAPPERS.get(_program(words[0].value))) is not None:
            at = _behind_options(words, options)
            at += _program(words[0].value) in _ONE_WORD_FIRST
            if at >= len(words):
                return words
            words = words[at:]
        return words

    @cached_property
    def program(self) -> str:
        """The program's name without its folder, seen through `sudo`, `env` and the like."""
        words = self.effective
        return _program(words[0].value) if words else ""

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The words behind the program, without quotes."""
        return tuple(word.value for word in self.effective[1:])

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The arguments that begin with a dash, up to `--`."""
        given = self.arguments
        given = given[: given.index("--")] if "--" in given else given
        return tuple(word for word in given if word.startswith("-") and word != "-")

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The arguments that do not begin with a dash: subcommand, files, packages.

        An option's own value counts too (`-o FILE`), for which one takes a word is not known.
        """
        return tuple(word for word in self.arguments if not word.startswith("-"))

    def runs(self, program: str, *operands: str) -> bool:
        """Tell whether it is this program with these first operands: `runs("apt-get", "update")`.

        Options between are skipped; see `operands`.
        """
        return self.program == program and self.operands[: len(operands)] == operands

    def has_option(self, *names: str) -> bool:
        """Tell whether one of the options is given: `-y` also within `-qy`, `--x` as `--x=1`."""
        short = {name[1] for name in names if len(name) == 2 and name[1] != "-"}  # noqa: PLR2004
        for option in self.options:
            if option.partition("=")[0] in names:
                return True
            if short and not option.startswith("--") and short & set(option[1:]):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Script:
    """What a shell reads: its commands in order, a nested one before the one it is part of."""

    text: str
    commands: tuple[Command, ...]

    @property
    def pipelines(self) -> Iterator[tuple[Command, ...]]:
        """Give the commands by pipeline; a lone command is one too."""
        pipeline: list[Command] = []
        nested: list[Command] = []
        for command in self.commands:
            if command.depth:
                nested.append(command)
                continue
            if command.operator != "|" and pipeline:
                yield tuple(pipeline)
                pipeline = []
            pipeline.append(command)
        if pipeline:
            yield tuple(pipeline)
        if nested:
            yield from _nested_pipelines(nested)


def _nested_pipelines(commands: list[Command]) -> Iterator[tuple[Command, ...]]:
    open_ones: dict[int, list[Command]] = {}
    for command in commands:
        held = open_ones.get(command.depth)
        if held and command.operator == "|":
            held.append(command)
            continue
        if held:
            yield tuple(held)
        open_ones[command.depth] = [command]
    for held in open_ones.values():
        yield tuple(held)


def parse_script(text: str, place: Callable[[int, int], Span]) -> Script:
    """Read shell text; it never fails: what is no shell gives fewer commands.

    Args:
        text: the script, continuations still in it or not.
        place: turns a part of `text` into its place in the file.
    """
    return Script(text=text, commands=tuple(_Reader(text, place, 0, len(text), 0).commands()))


def _program(word: str) -> str:
    return word.rsplit("/", 1)[-1]


def _behind_options(words: tuple[Word, ...], with_value: frozenset[str]) -> int:
    at = 1
    while at < len(words):
        word = words[at].value
        if word == "--":
            return at + 1
        if word.startswith("-") and word != "-":
            at += 2 if word in with_value else 1
        elif _ASSIGNMENT.match(word):
            at += 1
        else:
            break
    return at


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
        end, inside = self._word_end()
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
        assignment = _ASSIGNMENT.match(raw) if not draft.words and not self._redirect else None
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

    def _word_end(self) -> tuple[int, list[tuple[int, int]]]:
        """Give where a word ends, and the parts of it that are commands of their own."""
        text, at, end = self._text, self._at, self._end
        inside: list[tuple[int, int]] = []
        while at < end:
            here = text[at]
            if here == "\\":
                at += 2
            elif here == "'":
                match = _SINGLE.match(text, at, end)
                at = match.end() if match else end
            elif here in '"`' or (here == "$" and text[at + 1 : at + 2] in ("(", "{")):
                at = _behind(text, at, end, inside)
            elif here == "$":
                at += 1
            elif (match := _PLAIN.match(text, at, end)) is not None:
                at = match.end()
            else:
                break
        at = min(at, end)
        return (at if at > self._at else at + 1), inside

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


def _behind(text: str, at: int, end: int, inside: list[tuple[int, int]]) -> int:
    r"""Skip `"..."`, `$(...)`, `${...}` or backquotes from their first character on.

    What is between parentheses or backquotes is put into `inside`, the outermost only.
    """
    stack: list[str] = []
    opened = -1
    while at < end:
        here = text[at]
        top = stack[-1] if stack else ""
        pair = text[at : at + 2]
        if here == "\\":
            at += 2
            continue
        if top == here and here in '"`)}':
            stack.pop()
            if opened >= 0 and here in ")`" and not ({")", "`"} & set(stack)):
                inside.append((opened, at))
                opened = -1
            at += 1
        elif pair == "$(" or (here == "(" and top == ")"):
            at += len(pair) if here == "$" else 1
            if opened < 0:
                opened = at
            stack.append(")")
        elif pair == "${":
            stack.append("}")
            at += 2
        elif here == "`":
            at += 1
            if opened < 0:
                opened = at
            stack.append("`")
        elif here == '"':
            stack.append('"')
            at += 1
        elif here == "'" and top in (")", "`"):
            match = _SINGLE.match(text, at, end)
            at = match.end() if match else end
        else:
            match = _INSIDE.match(text, at, end)
            at = match.end() if match else at + 1
        if not stack:
            return at
    if opened >= 0:
        inside.append((opened, end))
    return end
