"""What a check is: an id, a title, what it needs, and a function from facts to a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from imagekit.image import Image
from imagekit.verify.cluster.model import ClusterFacts
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts, FileFacts
from imagekit.verify.services.model import Preparation
from imagekit.verify.structure.facts import StructureFacts
from imagekit.verify.trial.model import Subject, Trial, TrialFacts

Needs = Literal["config", "files", "preparation", "boot", "trials", "cluster", "structure"]


@dataclass(frozen=True, kw_only=True)
class Passed:
    """Nothing is wrong. `seconds` is set where the check measures the image."""

    detail: str
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Something is wrong: `problems` is all of it."""

    detail: str
    problems: tuple[str, ...]
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """It could not run, or there was nothing to hold the image to."""

    reason: str


Verdict = Passed | Failed | Skipped


@dataclass(frozen=True, kw_only=True)
class ConfigCheck:
    """Looks at the image's config and the sizes of its layers."""

    id: str
    title: str
    run: Callable[[Image, Expectation], Verdict]
    needs: ClassVar[Needs] = "config"


@dataclass(frozen=True, kw_only=True)
class FilesCheck:
    """Looks at the files of the image."""

    id: str
    title: str
    run: Callable[[FileFacts, Expectation], Verdict]
    needs: ClassVar[Needs] = "files"


@dataclass(frozen=True, kw_only=True)
class BootCheck:
    """Looks at what one strict boot told."""

    id: str
    title: str
    run: Callable[[BootFacts, Expectation], Verdict]
    needs: ClassVar[Needs] = "boot"


@dataclass(frozen=True, kw_only=True)
class TrialCheck:
    """Boots the image again, under conditions of its own, and looks at what that told."""

    id: str
    title: str
    trials: Callable[[Subject], tuple[Trial, ...] | Skipped]
    run: Callable[[tuple[TrialFacts, ...], Expectation], Verdict]
    needs: ClassVar[Needs] = "trials"


@dataclass(frozen=True, kw_only=True)
class PreparationCheck:
    """Looks at what happened before the boot."""

    id: str
    title: str
    run: Callable[[Preparation, Expectation], Verdict]
    needs: ClassVar[Needs] = "preparation"


@dataclass(frozen=True, kw_only=True)
class ClusterCheck:
    """Looks at replicas that shall find each other."""

    id: str
    title: str
    run: Callable[[ClusterFacts, Expectation], Verdict]
    needs: ClassVar[Needs] = "cluster"


@dataclass(frozen=True, kw_only=True)
class StructureCheck:
    """Holds the image to container-structure-test files, one kind of test."""

    id: str
    title: str
    run: Callable[[StructureFacts, Expectation], Verdict]
    needs: ClassVar[Needs] = "structure"


Check = (
    ConfigCheck
    | FilesCheck
    | PreparationCheck
    | BootCheck
    | TrialCheck
    | ClusterCheck
    | StructureCheck
)


def verdict(passed: str, problems: tuple[str, ...], *, seconds: float | None = None) -> Verdict:
    """Pass when there is no problem; else fail, with the first as the detail."""
    if not problems:
        return Passed(detail=passed, seconds=seconds)
    first = problems[0].splitlines()[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return Failed(detail=first + more, problems=problems, seconds=seconds)
