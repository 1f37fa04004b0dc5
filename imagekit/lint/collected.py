"""What was found to lint."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from imagekit.errors import ImagekitError
from imagekit.lint.run import Subject


@dataclass(kw_only=True)
class Collected:
    """What was found to lint."""

    subjects: list[Subject] = field(default_factory=list)
    unreadable: list[ImagekitError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    paths: dict[str, Path] = field(default_factory=dict)
    """Where each file is that was read; a composed Dockerfile is nowhere."""

    def extend(self, other: Collected) -> None:
        """Add what was found elsewhere."""
        self.subjects += other.subjects
        self.unreadable += other.unreadable
        self.notes += other.notes
        self.paths |= other.paths
