"""What a rule gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """A cause, and what to do about it; `cause` is `None` when it could not be told."""

    cause: str | None
    fix: str = ""


Rule = Callable[[BootFacts, Expectation], Diagnosis | None]
"""Gives `None` when this is not its cause."""
