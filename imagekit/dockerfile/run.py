"""RUN: its commands, and what they see besides the layer; `Mount` is closed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from imagekit.dockerfile import grammar


def _check_target(target: PurePosixPath) -> None:
    problem = "a mount needs a target below the root"
    holds = target not in (PurePosixPath("/"), PurePosixPath("//"))
    grammar.require(holds=holds, key="RUN --mount", problem=problem, value=target)


def _check_id(name: str) -> None:
    grammar.require(holds=name != "", key="RUN --mount", problem="a mount's id cannot be empty")


@dataclass(frozen=True, kw_only=True)
class BindMount:
    """Files of another stage, or of the build context, read-only for one RUN."""

    target: PurePosixPath
    from_stage: str | None = None
    source: PurePosixPath | None = None

    def __post_init__(self) -> None:
        _check_target(self.target)
        if self.from_stage is not None:
            grammar.stage_name(self.from_stage)


@dataclass(frozen=True, kw_only=True)
class CacheMount:
    """A folder that outlives the build, in the builder and never in a layer."""

    id: str
    target: PurePosixPath
    sharing: Literal["shared", "private", "locked"] = "shared"

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_target(self.target)


@dataclass(frozen=True, kw_only=True)
class SecretMount:
    """A file handed in with `--secret`; at `/run/secrets/<id>` unless a target is named."""

    id: str
    target: PurePosixPath | None = None

    def __post_init__(self) -> None:
        _check_id(self.id)
        if self.target is not None:
            _check_target(self.target)


@dataclass(frozen=True, kw_only=True)
class TmpfsMount:
    """An empty folder in memory, gone after the RUN."""

    target: PurePosixPath

    def __post_init__(self) -> None:
        _check_target(self.target)


@dataclass(frozen=True, kw_only=True)
class SshMount:
    """The caller's SSH agent, handed in with `--ssh`."""


Mount: TypeAlias = BindMount | CacheMount | SecretMount | TmpfsMount | SshMount


@dataclass(frozen=True, kw_only=True)
class Command:
    """One simple command of a POSIX shell; each word reaches it as it stands here."""

    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        grammar.command(self.words, key="RUN")
        for name, _ in self.environment:
            grammar.variable(name, key="RUN")


@dataclass(frozen=True, kw_only=True)
class Run:
    """Commands in one shell and one layer, each after the success of the one before."""

    commands: tuple[Command, ...]
    mounts: tuple[Mount, ...] = ()

    def __post_init__(self) -> None:
        grammar.require(holds=bool(self.commands), key="RUN", problem="it has no command")
