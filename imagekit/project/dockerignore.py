"""What a `.dockerignore` leaves out of the build context, exactly as BuildKit sees it.

A port of github.com/moby/patternmatcher (`ignorefile.ReadAll`, `Pattern.compile`,
`MatchesUsingParentResults`). Neither library at hand does it: the Docker SDK folds
case, knows no escapes and forgets folders above a file once there is a `!`; `pathspec`
has the rules of `.gitignore`, where a bare name matches at every depth.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.errors import UnreadableConfiguration

FILE: Final = ".dockerignore"

USER_LINES: Final = "Lines below are your own and are kept:"
"""The comment in a composed `.dockerignore` behind which the user's own lines stand.

What imagekit wrote above it says nothing about the project: with and without it,
detection has to see the same.
"""

END_OF_USER_LINES: Final = "Whatever the lines above say:"
"""The comment that ends the user's own lines."""

END_OF_OURS: Final = "What is added below is your own too, and moves up when this is written again:"
"""The last comment of a composed file: people add lines at the end."""

_SPECIAL: Final = frozenset("*?[\\")


@dataclass(frozen=True, kw_only=True)
class _Pattern:
    line: str
    text: str
    expression: re.Pattern[str]
    brings_back: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a path is left out, and which patterns led there (for what is below it)."""

    left_out: bool
    matched: tuple[bool, ...]


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """The patterns of one file that are the user's; none leave nothing out."""

    patterns: tuple[_Pattern, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Ignored:
        """Parse the text of a `.dockerignore`.

        Raises:
            UnreadableConfiguration: a pattern that Docker refuses too.
        """
        found = (
            _pattern(line.strip(), number)
            for number, line in _numbered(text)
            if not line.startswith("#")
        )
        return cls(patterns=tuple(each for each in found if each is not None))

    @property
    def top(self) -> Verdict:
        """The verdict on the root of the context, which is always in."""
        return Verdict(left_out=False, matched=(False,) * len(self.patterns))

    def judge(self, path: str, folder: Verdict) -> Verdict:
        """Judge a path, given the verdict on the folder it is in."""
        left_out = False
        matched: list[bool] = []
        for pattern, inherited in zip(self.patterns, folder.matched, strict=True):
            if not inherited and pattern.brings_back != left_out:
                matched.append(False)
                continue
            hit = inherited or pattern.expression.fullmatch(path) is not None
            matched.append(hit)
            if hit:
                left_out = not pattern.brings_back
        return Verdict(left_out=left_out, matched=tuple(matched))

    def takes_back(self, path: str) -> bool:
        """Tell whether the last line that matches a path, or a folder above it, is a `!` line."""
        above = [path, *(str(folder) for folder in PurePosixPath(path).parents if folder.name)]
        for pattern in reversed(self.patterns):
            if any(pattern.expression.fullmatch(each) for each in above):
                return pattern.brings_back
        return False

    def may_bring_back(self, folder: str) -> bool:
        """Tell whether a `!` pattern can match something below a folder that is left out."""
        return any(
            pattern.text.startswith(f"{folder}/") or not _SPECIAL.isdisjoint(pattern.text)
            for pattern in self.patterns
            if pattern.brings_back
        )


def user_lines(text: str) -> tuple[str, ...]:
    """Give the user's own lines in order, comments included, so that they can be written again.

    Docker takes a line for a comment only when `#` is its very first character: behind a
    space it begins a pattern, and is escaped here.
    """
    return tuple(_as_written(line) for _, line in _numbered(text))


def _as_written(line: str) -> str:
    if line.startswith("#"):
        return line.rstrip()
    stripped = line.strip()
    return f"\\{stripped}" if stripped.startswith("#") else stripped


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """Give the user's lines that are not blank, with their numbers in the file."""
    lines = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()
    mark, end = f"# {USER_LINES}", f"# {END_OF_USER_LINES}"
    numbered = list(enumerate(lines, start=1))
    if mark in lines:
        begun = lines.index(mark) + 1
        ended = lines.index(end) if end in lines else len(lines)
        ours = f"# {END_OF_OURS}"
        added = lines.index(ours) + 1 if ours in lines else len(lines)
        numbered = [*numbered[begun:ended], *numbered[max(added, ended) :]]
    return ((number, line) for number, line in numbered if line.strip())


def _pattern(line: str, number: int) -> _Pattern | None:
    written = line.removeprefix("!").strip()
    text = posixpath.normpath(written).lstrip("/") if written else ""
    if not written:
        raise UnreadableConfiguration(file=FILE, problem=f"line {number}: `!` names nothing")
    try:
        expression = re.compile(_expression(text), re.DOTALL)
    except (ValueError, re.error) as err:
        problem = f"line {number}: `{line}` is not a pattern: {err}"
        raise UnreadableConfiguration(file=FILE, problem=problem) from err
    if text in ("", "."):
        return None
    return _Pattern(line=line, text=text, expression=expression, brings_back=line.startswith("!"))


def _expression(text: str) -> str:
    found: list[str] = []
    at = 0
    if text.startswith("**") and _SPECIAL.isdisjoint(text[2:]) and text[2:3] not in ("", "/"):
        found, at = [".*"], 2
    while at < len(text):
        character = text[at]
        at += 1
        if text.startswith("**", at - 1):
            at += 2 if text.startswith("/", at + 1) else 1
            found.append("(?:.*/)?" if at < len(text) else ".*")
        elif character == "*":
            found.append("[^/]*")
        elif character == "?":
            found.append("[^/]")
        elif character == "[":
            end = text.find("]", at + 1)
            if end < 0:
                raise ValueError("`[` is never closed")
            found.append(_class(text[at:end]))
            at = end + 1
        elif character == "\\" and at < len(text):
            found.append(re.escape(text[at]))
            at += 1
        else:
            found.append(re.escape(character))
    return "".join(found)


def _class(inside: str) -> str:
    negated = inside.startswith("^")
    body = "".join(each if each == "-" else re.escape(each) for each in inside[negated:])
    return f"[{'^' if negated else ''}{body}]"
