"""IK001: a suppression that cannot be read, or has no reason. `comments.py` finds it."""

from __future__ import annotations

from imagekit.lint.model import Rule, Severity

RULE = Rule(
    id="IK001",
    name="suppression-without-reason",
    severity=Severity.WARNING,
    summary="Say why: a suppression without a reason suppresses nothing",
)
