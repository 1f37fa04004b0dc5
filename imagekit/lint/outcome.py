"""What a run found: values, made by `run.py` and read by reports, baselines and fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from imagekit.errors import ImagekitError
from imagekit.lint.model import Finding, Severity
from imagekit.lint.policy import Off, Policy


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """What another linter found in a file."""

    file: str
    linter: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Suppressed:
    """A finding that a comment took away."""

    finding: Finding
    reason: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that a run found. Everything in it is sorted."""

    findings: tuple[Finding, ...]
    failing: tuple[Finding, ...] = ()
    """Those at or above the level that fails, by the policy of their file."""
    suppressed: tuple[Suppressed, ...] = ()
    known: tuple[Finding, ...] = ()
    """Those that the baseline has."""
    disabled: tuple[Off, ...] = ()
    unreadable: tuple[ImagekitError, ...] = ()
    """Why files could not be read."""
    notes: tuple[str, ...] = ()
    """What did not run, and why."""
    files: tuple[str, ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    """How many files of each kind were read."""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    """The policy that holds for each file."""

    @cached_property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings there are at each severity."""
        return {level: sum(each.severity is level for each in self.findings) for level in Severity}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What another linter gave, and what it could not do."""

    foreign: tuple[Foreign, ...] = ()
    notes: tuple[str, ...] = ()
