"""IK002: a suppression that suppresses nothing. `comments.py` finds it."""

from __future__ import annotations

from imagekit.lint.model import Rule, Severity

RULE = Rule(
    id="IK002",
    name="unused-suppression",
    severity=Severity.WARNING,
    summary="Take away a suppression that suppresses nothing",
)
