"""Instructions as values: one type each, closed by `Instruction`.

Shapes follow moby/buildkit, frontend/dockerfile/instructions/commands.go. What
has a grammar (names, ports, modes) is checked here; free text is any text and is
quoted when it is rendered. Both raise errors of the catalogue, exit 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeAlias

from imagekit.dockerfile import grammar
from imagekit.dockerfile.run import Run


@dataclass(frozen=True, kw_only=True)
class From:
    """`image` is a reference, the name of an earlier stage, or `scratch`."""

    image: str
    name: str | None = None
    platform: str | None = None

    def __post_init__(self) -> None:
        grammar.base(self.image)
        if self.name is not None:
            grammar.stage_name(self.name)
        if self.platform is not None:
            grammar.platform(self.platform)


@dataclass(frozen=True, kw_only=True)
class Arg:
    """A build argument; `default` is literal text, `None` means none."""

    name: str
    default: str | None = None

    def __post_init__(self) -> None:
        grammar.variable(self.name, key="ARG")


@dataclass(frozen=True, kw_only=True)
class Env:
    """Variables of the stage and its image; values are literal, nothing in them is expanded."""

    values: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        grammar.require(holds=bool(self.values), key="ENV", problem="it sets no variable")
        for name, _ in self.values:
            grammar.variable(name, key="ENV")


@dataclass(frozen=True, kw_only=True)
class Label:
    """Labels of the image; values are literal."""

    values: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        grammar.require(holds=bool(self.values), key="LABEL", problem="it sets no label")
        for name, _ in self.values:
            grammar.label(name)


@dataclass(frozen=True, kw_only=True)
class Workdir:
    """The working directory, absolute, made when it is missing."""

    path: PurePosixPath

    def __post_init__(self) -> None:
        problem = "a working directory is an absolute path"
        holds = self.path.is_absolute()
        grammar.require(holds=holds, key="WORKDIR", problem=problem, value=self.path)


@dataclass(frozen=True, kw_only=True)
class Copy:
    """Files of the build context, or of an earlier stage.

    A source is one file or folder, never a pattern; of a folder the contents
    are copied. A destination that ends with `/` is a folder.
    """

    sources: tuple[PurePosixPath, ...]
    destination: str
    from_stage: str | None = None
    chown: str | None = None
    chmod: str | None = None
    link: bool = False

    def __post_init__(self) -> None:
        grammar.require(holds=bool(self.sources), key="COPY", problem="it has no source")
        problem = "the destination of several sources ends with `/`"
        holds = self.destination.endswith("/") or (
            len(self.sources) == 1 and self.destination != ""
        )
        grammar.require(holds=holds, key="COPY", problem=problem, value=self.destination)
        for source in self.sources:
            problem = "a source does not step up with `..`"
            grammar.require(
                holds=".." not in source.parts, key="COPY", problem=problem, value=source
            )
        if self.from_stage is not None:
            grammar.stage_name(self.from_stage)
        if self.chown is not None:
            grammar.owner(self.chown)
        if self.chmod is not None:
            grammar.mode(self.chmod)


@dataclass(frozen=True, kw_only=True)
class Expose:
    """A TCP port the image listens on."""

    port: int

    def __post_init__(self) -> None:
        problem = f"a port is a number from 1 to {grammar.LAST_PORT}"
        holds = 1 <= self.port <= grammar.LAST_PORT
        grammar.require(holds=holds, key="EXPOSE", problem=problem, value=self.port)


@dataclass(frozen=True, kw_only=True)
class User:
    """Who runs what follows, and the image: numbers, for `runAsNonRoot` refuses names."""

    uid: int
    gid: int

    def __post_init__(self) -> None:
        for number in (self.uid, self.gid):
            problem = f"an id is a number from 0 to {grammar.LAST_ID}"
            holds = 0 <= number <= grammar.LAST_ID
            grammar.require(holds=holds, key="USER", problem=problem, value=number)


@dataclass(frozen=True, kw_only=True)
class StopSignal:
    """The signal that asks the image to stop, as `SIGTERM`."""

    signal: str

    def __post_init__(self) -> None:
        grammar.signal(self.signal)


@dataclass(frozen=True, kw_only=True)
class Entrypoint:
    """The program of the image, in exec form: no shell between."""

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        grammar.command(self.words, key="ENTRYPOINT")


@dataclass(frozen=True, kw_only=True)
class Cmd:
    """The default arguments, or the program where there is no entry point; exec form."""

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        grammar.command(self.words, key="CMD")


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A paragraph for the reader of the file, wrapped."""

    text: str


Instruction: TypeAlias = (
    Arg
    | Env
    | Label
    | Workdir
    | Copy
    | Run
    | Expose
    | User
    | StopSignal
    | Entrypoint
    | Cmd
    | Comment
)
