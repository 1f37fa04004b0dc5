"""The runtime contract: what an image promises to whoever runs it, and what it demands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from imagekit.image import LayerGroup
from imagekit.resolved import Resolved


@dataclass(frozen=True, kw_only=True)
class HttpReadiness:
    """Ready when the path answers as it should on the contract's port."""

    path: str


@dataclass(frozen=True, kw_only=True)
class LogReadiness:
    """Ready when the text appears in the output, or a line matches the regular expression."""

    text: str
    regex: bool = False


@dataclass(frozen=True, kw_only=True)
class RpcReadiness:
    """Ready when the release's command `rpc` evaluates the expression to neither nil nor false."""

    expression: str


@dataclass(frozen=True, kw_only=True)
class AliveReadiness:
    """Ready when the process has lived for some time; all there is without HTTP or a log line."""

    seconds: float


Readiness = HttpReadiness | LogReadiness | RpcReadiness | AliveReadiness


@dataclass(frozen=True, kw_only=True)
class RequiredVariable:
    """An environment variable without which the release does not boot."""

    name: str
    source: str


@dataclass(frozen=True, kw_only=True)
class OptionalVariable:
    """An environment variable that the release reads at boot and boots without."""

    name: str
    default: str | None
    """The literal used where it is not set; `None` where code decides."""
    source: str


Database = Literal["postgresql"]


@dataclass(frozen=True, kw_only=True)
class RuntimeContract:
    """What the image promises to whoever runs it, and what it demands."""

    root: PurePosixPath
    user: int
    group: int
    port: Resolved[int] | None
    """`None` when the release serves nothing."""
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    required: tuple[RequiredVariable, ...]
    optional: tuple[OptionalVariable, ...]
    stop_signal: str
    ready: Resolved[Readiness]
    groups: tuple[LayerGroup, ...]
    """Groups of the layers above the base, in order."""
    database: Resolved[Database] | None = None
    """The database that its dependencies speak to, where it finds it by `DATABASE_URL`."""
    migrate: Resolved[tuple[str, ...]] | None = None
    """The release's own command that brings that database up to date."""
