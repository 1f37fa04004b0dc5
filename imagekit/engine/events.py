"""What a build tells while it runs, and what its stages came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the build.

    `stage` is `None` for the builder's own work (loading the context, exporting);
    then `number` and `count` are 0.
    """

    stage: str | None
    number: int
    count: int
    text: str
    """The instruction as the builder shows it: `RUN make`."""
    platform: str | None = None
    """Set when the build is for several platforms."""


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    """A step began."""

    step: Step


@dataclass(frozen=True, kw_only=True)
class StepCached:
    """A step's result was there already."""

    step: Step


@dataclass(frozen=True, kw_only=True)
class StepFinished:
    """A step ended well."""

    step: Step
    seconds: float


@dataclass(frozen=True, kw_only=True)
class StepOutput:
    """Lines that a step wrote."""

    step: Step
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StepFailed:
    """A step ended badly. `status` is the command's exit status, if it was a command."""

    step: Step
    problem: str
    status: int | None


@dataclass(frozen=True, kw_only=True)
class CacheFailed:
    """An external cache could not be read or written. That alone fails no build."""

    step: Step
    during: Literal["read", "write"]
    cache: str
    """The cache's reference when it is read; its kind (`registry`) when it is written."""
    problem: str


BuildEvent: TypeAlias = (
    StepStarted | StepCached | StepFinished | StepOutput | StepFailed | CacheFailed
)


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """A stage that took part in a build: cached when every instruction of it was.

    One without instructions of its own but `FROM` and those that only set metadata is left out.
    `seconds` is what its own steps took that ran, without waiting for other stages.
    """

    name: str
    cached: bool
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The step that a build broke on, with its last lines."""

    step: Step
    problem: str
    status: int | None
    output: tuple[str, ...]
