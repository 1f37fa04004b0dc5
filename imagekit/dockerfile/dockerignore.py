"""The `.dockerignore` beside a Dockerfile: what the build context leaves out.

Rules: github.com/moby/patternmatcher, ignorefile.ReadAll and PatternMatcher.
The last line that matches a path, or a folder above it, decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, TypeAlias, assert_never

from imagekit.dockerfile import grammar, quote
from imagekit.dockerfile.instructions import Comment

_FILE: Final = ".dockerignore"


@dataclass(frozen=True, kw_only=True)
class IgnorePattern:
    """A pattern: `*`, `?`, `[...]` within a name, `**` across names.

    `keep` takes back what an earlier line leaves out.
    """

    pattern: str
    keep: bool = False

    def __post_init__(self) -> None:
        pattern = self.pattern.strip()
        # Behind the `!` of `keep` these are characters like others.
        misread = not self.keep and pattern.startswith(("#", "!", "\ufeff"))
        grammar.require(
            holds=pattern != "" and not misread,
            file=_FILE,
            key="pattern",
            problem="a pattern is not empty and does not begin with `#` or `!`",
            value=self.pattern,
        )


@dataclass(frozen=True, kw_only=True)
class IgnorePath:
    """One path from the root of the context, never a pattern, whatever its name."""

    path: PurePosixPath
    keep: bool = False

    def __post_init__(self) -> None:
        grammar.require(
            holds=str(self.path).strip("/") not in {"", "."} and ".." not in self.path.parts,
            file=_FILE,
            key="path",
            problem="a path stays inside the build context",
            value=self.path,
        )


IgnoreLine: TypeAlias = IgnorePattern | IgnorePath | Comment


@dataclass(frozen=True, kw_only=True)
class Dockerignore:
    """The lines of the file, in order."""

    lines: tuple[IgnoreLine, ...]


def render_dockerignore(dockerignore: Dockerignore) -> str:
    """Write the file; a blank line stands before each comment but the first.

    Raises:
        UnquotableValue: a pattern or path has a control character.
    """
    lines: list[str] = []
    before: IgnoreLine | None = None
    for line in dockerignore.lines:
        if isinstance(line, Comment) and before is not None and not isinstance(before, Comment):
            lines.append("")
        lines.extend(_line(line))
        before = line
    return "".join(f"{line}\n" for line in lines)


def _line(line: IgnoreLine) -> tuple[str, ...]:
    match line:
        case IgnorePattern(pattern=pattern, keep=keep):
            return (("!" if keep else "") + quote.printable(pattern, where=_FILE).strip(),)
        case IgnorePath(path=path, keep=keep):
            relative = quote.printable(str(path).lstrip("/"), where=_FILE)
            return (("!" if keep else "") + quote.literal_pattern(relative),)
        case Comment(text=text):
            return quote.comment(text, where=_FILE)
        case _:
            assert_never(line)
