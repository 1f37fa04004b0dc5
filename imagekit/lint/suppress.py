"""Findings that a comment takes away: `# imagekit: ignore=IK123 because ...`. Pure.

A comment on a line of its own is about what follows it (in a Dockerfile the whole instruction,
also when it stands between its lines), one behind something about its own line. It needs a reason.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Final

from imagekit.dockerfile.text import Span, Text
from imagekit.lint.model import (
    ComposeFile,
    DockerfileFile,
    ElixirFile,
    ManifestFile,
    SettingsFile,
)
from imagekit.lint.targets.yaml import YamlMapping, YamlNode, YamlScalar, YamlSequence

_MARK: Final = re.compile(r"#[ \t]*imagekit:[ \t]*(?P<rest>[^\r\n]*)")
_IGNORE: Final = re.compile(
    r"ignore[ \t]*=[ \t]*(?P<ids>[A-Za-z0-9]+(?:[ \t]*,[ \t]*[A-Za-z0-9]+)*)"
    r"(?:[ \t]+because[ \t]+(?P<reason>\S.*))?[ \t]*"
)
_NUMBERED: Final = re.compile(r"(?:ik|dl|sc)(?=\d)", re.IGNORECASE)

_BEYOND: Final = 1 << 60


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """One comment that begins with `imagekit:`."""

    span: Span
    rules: tuple[str, ...]
    """The rules it names, `ik204` as `IK204`; none when it cannot be read."""
    reason: str | None
    first_line: int
    last_line: int
    """The lines whose findings it is about."""

    @property
    def holds(self) -> bool:
        """Whether it takes findings away: it is readable and has a reason."""
        return bool(self.rules) and self.reason is not None


class Suppressions:
    """The suppressions of one file, by what they are about."""

    def __init__(self, comments: Iterable[Suppression]) -> None:
        """Take them in the order of the text; their ranges of lines do not overlap in part."""
        self.comments = tuple(comments)
        self._ranges: dict[tuple[int, int], dict[str, Suppression]] = {}
        for comment in self.comments:
            if comment.holds:
                about = self._ranges.setdefault((comment.first_line, comment.last_line), {})
                for rule in comment.rules:
                    about.setdefault(rule, comment)
        self._sorted = sorted(self._ranges)

    def about(self, rule: str, line: int) -> Suppression | None:
        """Give the comment that takes away a finding of a rule on a line."""
        at = bisect_right(self._sorted, (line, _BEYOND)) - 1
        if at < 0 or self._sorted[at][1] < line:
            return None
        return self._ranges[self._sorted[at]].get(rule)


@singledispatch
def suppressions(target: Any) -> tuple[Suppression, ...]:  # noqa: ARG001 - a project has none
    """Give the suppressions of a file."""
    return ()


@suppressions.register
def _dockerfile(target: DockerfileFile) -> tuple[Suppression, ...]:
    text = target.text
    if "imagekit:" not in text.content:
        return ()
    found = []
    spans = [each.span for each in target.parsed.instructions]
    ends = [span.end for span in spans]
    for comment in target.parsed.comments:
        match = _MARK.fullmatch(text.of(comment.span).rstrip())
        if match is not None:
            following = bisect_right(ends, comment.span.start)
            about = spans[following] if following < len(spans) else comment.span
            location = text.location(about)
            found.append(_suppression(match, comment.span, location.line, location.end_line))
    return tuple(found)


@suppressions.register
def _elixir(target: ElixirFile) -> tuple[Suppression, ...]:
    if "imagekit:" not in target.text.content:
        return ()
    comments = (target.span(node) for node in target.nodes("comment"))
    return tuple(_by_line(target.text, comments))


@suppressions.register
def _compose(target: ComposeFile) -> tuple[Suppression, ...]:
    return tuple(_by_line(target.text, _outside(target.text, (target.root,))))


@suppressions.register
def _manifest(target: ManifestFile) -> tuple[Suppression, ...]:
    return tuple(_by_line(target.text, _outside(target.text, target.documents)))


@suppressions.register
def _settings(target: SettingsFile) -> tuple[Suppression, ...]:
    return tuple(_by_line(target.text, _outside(target.text, ())))


def _outside(text: Text, documents: tuple[YamlNode, ...]) -> Iterator[Span]:
    """Give what looks like a comment of ours and is not inside a scalar."""
    marks = [Span(*match.span()) for match in _MARK.finditer(text.content)]
    scalars = sorted(_scalars(documents)) if marks else []
    for mark in marks:
        before = bisect_right(scalars, mark) - 1
        if before < 0 or scalars[before].end <= mark.start:
            yield mark


def _scalars(documents: tuple[YamlNode, ...]) -> Iterator[Span]:
    pending, seen = list(documents), set[int]()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, YamlScalar):
            yield node.span
        elif isinstance(node, YamlSequence):
            pending.extend(node.items)
        elif isinstance(node, YamlMapping):
            pending.extend(each for pair in node.pairs for each in pair)


def _by_line(text: Text, comments: Iterator[Span]) -> list[Suppression]:
    found = []
    following = _NextLine(text)
    for span in comments:
        match = _MARK.fullmatch(text.of(span).rstrip())
        if match is None:
            continue
        line = text.line_of(span.start)
        if text.content[text.starts[line - 1] : span.start].strip() == "":
            line = following.after(line)
        found.append(_suppression(match, span, line, line))
    return found


class _NextLine:
    """Finds the first line below one that is neither empty nor a comment; asked from the top."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._found = 0

    def after(self, line: int) -> int:
        if line < self._found:
            return self._found
        for number in range(line + 1, len(self._text.starts) + 1):
            content = self._text.line(number).strip()
            if content and not content.startswith("#"):
                self._found = number
                return number
        self._found = len(self._text.starts) + 1
        return self._found


def _id(written: str) -> str:
    """Give an id as reports have it: `ik204` and `dl3008` are meant well, checks are names."""
    return written.upper() if _NUMBERED.match(written) else written


def _suppression(match: re.Match[str], span: Span, first: int, last: int) -> Suppression:
    given = _IGNORE.fullmatch(match["rest"].strip())
    ids = re.split(r"[ \t]*,[ \t]*", given["ids"]) if given is not None else []
    return Suppression(
        span=span,
        rules=tuple(dict.fromkeys(map(_id, ids))),
        reason=given["reason"] if given is not None else None,
        first_line=first,
        last_line=last,
    )
