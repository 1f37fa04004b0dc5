"""Making trials: what several checks need. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from imagekit.image import Image
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.model import Subject

PATIENCE: Final = 3
"""Trials run side by side: each may take so many times the budget of a boot on its own."""

_START: Final = "start"
_FOREGROUND: Final = "foreground"
_DISTILLERY: Final = "RELEASE_MUTABLE_DIR"
"""What only Distillery reads: `foreground` alone may be relx's, whose `eval` takes Erlang."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """The script of a release made by `mix release` or Distillery."""

    path: str
    before: tuple[str, ...]
    """What stands before its command: an init process, if any, and the script."""


def patient(expected: Expectation) -> Expectation:
    """Give the expectation of a trial: the same, with time to share the processors."""
    longer = expected.budget.model_copy(update={"boot": PATIENCE * expected.budget.boot})
    return replace(expected, budget=longer)


def with_environment(expected: Expectation, **variables: str) -> Expectation:
    """Add variables."""
    return replace(expected, environment={**expected.environment, **variables})


def program(image: Image) -> Program | None:
    """Find the release's script: what the image starts is `<root>/bin/<name> start`."""
    argv = (*image.config.entrypoint, *image.config.command)
    *before, last = argv or ("",)
    starts = {_START, _FOREGROUND} if _DISTILLERY in image.config.environment else {_START}
    if last not in starts or not before or PurePosixPath(before[-1]).parent.name != "bin":
        return None
    return Program(path=before[-1], before=tuple(before))


def serving(subject: Subject) -> int | None:
    """Give the port that HTTP is spoken on, if any is."""
    return None if subject.expected.port is None else subject.expected.port.value
