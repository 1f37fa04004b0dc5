"""The plan: what will be built and why. It knows no Dockerfile syntax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from imagekit.plan.runtime import RuntimeContract
from imagekit.plan.steps import Step
from imagekit.resolved import Resolved


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage: what it starts from, what it does, and why it is there."""

    name: str
    base: Resolved[str]
    """An image reference, `scratch`, or the name of an earlier stage."""
    directory: PurePosixPath
    environment: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    why: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Names that stay out of the build context."""

    pattern: str
    """A name or path below the folder; `*` and `?` stand for any characters."""
    folder: PurePosixPath | None
    """Where, relative to the project's root; `None` means at any depth."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides the image, each value with its source."""

    name: str
    release: Resolved[str]
    recipe: Resolved[str]
    toolchain: Resolved[str]
    versions: Mapping[str, Resolved[str]]
    """`elixir`, `otp` and, where assets need it, `node`."""
    stages: tuple[Stage, ...]
    contract: RuntimeContract
    ignored: tuple[LeftOut, ...]
    """What the composed `.dockerignore` leaves out."""
    ignored_by_user: tuple[str, ...]
    """Lines of the user's own `.dockerignore`; they come last and can take back."""
    policy: Mapping[str, Resolved[str | int]] = field(default_factory=dict)
    """Each term under which the release runs; `False` is one that is switched off."""
    notes: tuple[str, ...] = field(default=())
    """What a reader should know: fallbacks taken, values left to Mix."""
