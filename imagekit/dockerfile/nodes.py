"""What a hand-written Dockerfile says, as typed nodes with their places.

One type an instruction, closed by `Instruction`. Beside `instructions.py`, which holds what
imagekit writes, these hold whatever others write: variables are kept, flags may be unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from imagekit.dockerfile.commands import SHELLS, Script
from imagekit.dockerfile.parts import (
    Comment,
    Directive,
    ExecForm,
    Flag,
    Form,
    Heredoc,
    Mount,
    Node,
    Pair,
    ShellForm,
)
from imagekit.dockerfile.shell import parse_script
from imagekit.dockerfile.text import Span, Text
from imagekit.dockerfile.words import Word


@dataclass(frozen=True, kw_only=True, eq=False)
class FromNode(Node):
    """FROM: a stage begins."""

    image: Word
    name: Word | None = None
    """The stage's name; its `value` is in lower case, as BuildKit compares."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RunNode(Node):
    """RUN. With heredocs the command may be empty: then the first document is the script."""

    form: Form
    mounts: tuple[Mount, ...] = ()

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        """All that a shell will read: the line, and documents that are scripts."""
        if isinstance(self.form, ExecForm):
            words = self.form.values
            if len(words) > 2 and words[0].rsplit("/", 1)[-1] in SHELLS and words[1] == "-c":  # noqa: PLR2004
                span = self.form.words[2].span
                return (parse_script(words[2], lambda _start, _end: span),)
            return ()
        found = [self.form.script] if any(each.words for each in self.form.script.commands) else []
        found.extend(_document(each) for each in self.heredocs if self._is_script(each))
        return tuple(found)

    def _is_script(self, heredoc: Heredoc) -> bool:
        first = heredoc.content.split("\n", 1)[0]
        if first.startswith("#!") and not any(shell in first for shell in SHELLS):
            return False
        assert isinstance(self.form, ShellForm)  # noqa: S101 - JSON has no heredocs
        commands = [each for each in self.form.script.commands if each.words]
        if not commands:
            return heredoc is self.heredocs[0]
        return any(
            command.program in SHELLS
            and all(word.value.startswith("-") and word.value != "-c" for word in command.words[1:])
            and any(redirect.target.span.overlaps(heredoc.word) for redirect in command.redirects)
            for command in commands
        )


def _document(heredoc: Heredoc) -> Script:
    offset = heredoc.span.start
    return parse_script(heredoc.content, lambda start, end: Span(offset + start, offset + end))


@dataclass(frozen=True, kw_only=True, eq=False)
class CopyNode(Node):
    """COPY; heredocs stand in `heredocs`, not in `sources`."""

    sources: tuple[Word, ...]
    destination: Word

    @property
    def source_stage(self) -> Flag | None:
        """`--from`: a stage's name or number, or an image."""
        return self.flag("from")


@dataclass(frozen=True, kw_only=True, eq=False)
class AddNode(Node):
    """ADD; heredocs stand in `heredocs`, not in `sources`."""

    sources: tuple[Word, ...]
    destination: Word


@dataclass(frozen=True, kw_only=True, eq=False)
class EnvNode(Node):
    """ENV; `legacy` is `ENV name value`."""

    pairs: tuple[Pair, ...]
    legacy: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelNode(Node):
    """LABEL; `legacy` is `LABEL name value`."""

    pairs: tuple[Pair, ...]
    legacy: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class ArgNode(Node):
    """ARG."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class CmdNode(Node):
    """CMD."""

    form: Form


@dataclass(frozen=True, kw_only=True, eq=False)
class EntrypointNode(Node):
    """ENTRYPOINT."""

    form: Form


@dataclass(frozen=True, kw_only=True, eq=False)
class HealthcheckNode(Node):
    """HEALTHCHECK; `form` is `None` for `HEALTHCHECK NONE`."""

    form: Form | None


@dataclass(frozen=True, kw_only=True, eq=False)
class ShellNode(Node):
    """SHELL."""

    form: ExecForm


@dataclass(frozen=True, kw_only=True, eq=False)
class ExposeNode(Node):
    """EXPOSE."""

    ports: tuple[Word, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class VolumeNode(Node):
    """VOLUME."""

    paths: tuple[Word, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class UserNode(Node):
    """USER."""

    user: Word


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkdirNode(Node):
    """WORKDIR."""

    path: Word


@dataclass(frozen=True, kw_only=True, eq=False)
class StopSignalNode(Node):
    """STOPSIGNAL."""

    signal: Word


@dataclass(frozen=True, kw_only=True, eq=False)
class MaintainerNode(Node):
    """MAINTAINER, deprecated."""

    name: Word


@dataclass(frozen=True, kw_only=True, eq=False)
class OnbuildNode(Node):
    """ONBUILD; `inner` runs in the builds that start from this image."""

    inner: Instruction


Instruction: TypeAlias = (
    FromNode
    | RunNode
    | CopyNode
    | AddNode
    | EnvNode
    | LabelNode
    | ArgNode
    | CmdNode
    | EntrypointNode
    | HealthcheckNode
    | ShellNode
    | ExposeNode
    | VolumeNode
    | UserNode
    | WorkdirNode
    | StopSignalNode
    | MaintainerNode
    | OnbuildNode
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ParsedStage:
    """One FROM and what follows."""

    start: FromNode
    instructions: tuple[Instruction, ...]
    """Without the FROM."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ParsedDockerfile:
    """A whole file."""

    text: Text
    escape: str
    directives: tuple[Directive, ...]
    comments: tuple[Comment, ...]
    """Every comment line, wherever it stands; directives are none."""
    arguments: tuple[ArgNode, ...]
    """ARG before the first FROM."""
    stages: tuple[ParsedStage, ...]

    @property
    def instructions(self) -> Iterator[Instruction]:
        """Every instruction in order."""
        yield from self.arguments
        for stage in self.stages:
            yield stage.start
            yield from stage.instructions
