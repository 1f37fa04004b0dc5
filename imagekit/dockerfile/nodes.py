"""What a hand-written Dockerfile says, as typed nodes with their places.

One type an instruction, closed by `Instruction`. Beside `instructions.py`, which holds what
imagekit writes, these hold whatever others write: variables are kept, flags may be unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from imagekit.dockerfile.lines import Logical
from imagekit.dockerfile.shell import SHELLS, Script, parse_script
from imagekit.dockerfile.text import Span, Text
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
