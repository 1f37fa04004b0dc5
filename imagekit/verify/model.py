"""What a verification says: one result a check, and whether the image is good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from imagekit.engine.client import EngineInfo
from imagekit.errors import EngineLost
from imagekit.image import Image


class Outcome(StrEnum):
    """How a check ended. A skipped one did not run and is never green."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """One check's result."""

    id: str
    outcome: Outcome
    seconds: float
    """What the image took where the check measures that (ready, stop), else what the check took."""
    detail: str
    """One line: what was seen; of a skipped check, why it did not run."""
    problems: tuple[str, ...] = ()
    """Everything that is wrong, most important first; one may have several lines."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of the strict boot; further boots change one each, and their checks say which."""

    memory_bytes: int | None
    pids: int | None
    read_only: bool
    capabilities_dropped: tuple[str, ...]
    capabilities_kept: tuple[str, ...] = ()
    no_new_privileges: bool
    writable: tuple[str, ...]
    """Paths of the mounts in memory."""
    boot_seconds: float
    stop_seconds: float


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One part of a verification."""

    part: str
    begun: float
    """Seconds since the verification began."""
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Variables:
    """Names of the environment variables that `config/runtime.exs` reads."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class VerificationReport:
    """Results in the order of the registry (`checks.CHECKS`)."""

    image: Image
    results: tuple[CheckResult, ...]
    boot_wanted: bool = True
    engine: EngineInfo | None = None
    """The engine that booted it."""
    limits: Limits | None = None
    """What the strict boot was limited to; `None` when there was none."""
    variables: Variables | None = None
    """What the release reads at boot; `None` where its source was not at hand."""
    timings: tuple[Timing, ...] = ()
    """Where the time went, in the order of the starts; parts may run side by side."""
    lost: EngineLost | None = None
    """Why the rest is missing, when the engine stopped answering in the middle."""

    @property
    def passed(self) -> bool:
        """Whether something ran, a boot among it where one was wanted, and nothing failed."""
        ran = tuple(each for each in self.results if each.outcome is not Outcome.SKIPPED)
        booted = any(each.id.startswith("boot.") for each in ran)
        whole = self.lost is None and (booted or not self.boot_wanted)
        return bool(ran) and not self.failed and whole

    @property
    def failed(self) -> tuple[str, ...]:
        """Ids of the checks that failed."""
        return tuple(each.id for each in self.results if each.outcome is Outcome.FAILED)

    def to_json(self) -> Mapping[str, Any]:
        """Give the `verification` object of `--json` (DESIGN.md).

        `problems` and `incomplete` are our additions.
        """
        return {
            "passed": self.passed,
            "incomplete": None if self.lost is None else self.lost.what,
            "checks": [
                {
                    "id": each.id,
                    "outcome": str(each.outcome),
                    "seconds": round(each.seconds, 3),
                    "detail": each.detail,
                    "problems": list(each.problems),
                }
                for each in self.results
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Preparing:
    """Before the boot: services start (their images), or a command runs."""

    what: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Booting:
    """A container of the image starts; `awaited` says what will count as ready."""

    awaited: str


@dataclass(frozen=True, kw_only=True)
class Ready:
    """It became ready, so many seconds after its start."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class NotReady:
    """It did not become ready."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A check has its result."""

    result: CheckResult


@dataclass(frozen=True, kw_only=True)
class Trying:
    """Further boots start, side by side; `names` says what each changes."""

    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Clustering:
    """So many replicas start, and shall find each other."""

    replicas: int


VerifyEvent = Preparing | Booting | Ready | NotReady | Trying | Clustering | Checked
