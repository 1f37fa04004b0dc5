"""What became of the seeds of a build, and what is said of those that were not read or written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imagekit.engine.events import CacheFailed, Step
from imagekit.errors import BaseImageNotFound, BuildFailed, ImagekitError

UNLISTED: Final = "which dependencies were used is not known on this builder"
"""As `scripts/seed` says it."""


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """What became of the seeds of a build."""

    read: tuple[str, ...] = ()
    written: bool = False
    problems: tuple[CacheFailed, ...] = ()
    given_up: bool = False
    """Whether the registry did not answer, or not in time: it is not asked again."""

    def then(self, later: Seeded) -> Seeded:
        """Give both as one."""
        return Seeded(
            read=(*self.read, *later.read),
            written=self.written or later.written,
            problems=(*self.problems, *later.problems),
            given_up=self.given_up or later.given_up,
        )


def unread(seed: str, err: ImagekitError) -> CacheFailed:
    """Say why a seed was not read, as of a cache."""
    step = Step(stage=None, number=0, count=0, text=f"reading {seed}")
    return CacheFailed(step=step, during="read", cache=seed, problem=_problem(err))


def unwritten(seed: str, err: ImagekitError) -> CacheFailed:
    """Say why a seed was not written, as of a cache."""
    step = Step(stage=None, number=0, count=0, text=f"writing {seed}")
    return CacheFailed(step=step, during="write", cache=seed, problem=_problem(err))


def unlisted(seed: str) -> CacheFailed:
    """Say that it is not known what a seed would have."""
    step = Step(stage=None, number=0, count=0, text=f"writing {seed}")
    return CacheFailed(step=step, during="write", cache=seed, problem=UNLISTED)


def _problem(err: ImagekitError) -> str:
    """Give the last word: of a step's output, of a registry, of the builder."""
    match err:
        case BaseImageNotFound(problem=problem):
            return problem
        case BuildFailed(output=(*_, last)):
            return last
        case _:
            return next(reversed(err.found.splitlines()), err.what)
