"""Making trials: what several checks need. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.model import Subject

PATIENCE: Final = 3
"""Trials run side by side: each may take so many times the budget of a boot on its own."""


def patient(expected: Expectation) -> Expectation:
    """Give the expectation of a trial: the same, with time to share the processors."""
    longer = expected.budget.model_copy(update={"boot": PATIENCE * expected.budget.boot})
    return replace(expected, budget=longer)


def with_environment(expected: Expectation, **variables: str) -> Expectation:
    """Add variables."""
    return replace(expected, environment={**expected.environment, **variables})


def serving(subject: Subject) -> int | None:
    """Give the port that HTTP is spoken on, if any is."""
    return None if subject.expected.port is None else subject.expected.port.value
