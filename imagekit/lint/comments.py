"""What comments take away in a run, and what is wrong with the comments themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imagekit.dockerfile.text import Text
from imagekit.errors import closest
from imagekit.lint.model import Finding, Severity
from imagekit.lint.policy import Policy
from imagekit.lint.rules import by_id
from imagekit.lint.suppress import Suppression, Suppressions

WITHOUT_REASON: Final = "IK001"
UNUSED: Final = "IK002"
_UNREADABLE: Final = "it is not understood: write `# imagekit: ignore=IK123 because ...`"
_FORMS: Final = re.compile(r"IK\w+|(?:DL|SC)\d{4}|(?:[A-Z]+[a-z]+){2,}")
"""Ours, those of hadolint and ShellCheck, and BuildKit's, which are names: `StageNameCasing`."""


@dataclass(kw_only=True)
class LintedFile:
    """One file of a run."""

    text: Text
    policy: Policy
    comments: Suppressions
    linters: tuple[str, ...]
    used: set[tuple[Suppression, str]] = field(default_factory=set)
    """Suppressions with the rules that they took a finding of away."""


def comment_about(finding: Finding, file: LintedFile | None) -> Suppression | None:
    """Give the comment that takes a finding away, and note that it did."""
    if file is None or not file.comments.comments:
        return None
    found = file.comments.about(finding.rule, finding.location.line)
    if found is not None:
        file.used.add((found, finding.rule))
    return found


def about_comments(file: LintedFile) -> Iterator[Finding]:
    """Find what is wrong with the suppressions themselves."""
    for comment in file.comments.comments:
        if not comment.rules:
            yield from _of_lint(file, comment, WITHOUT_REASON, _UNREADABLE)
        elif comment.reason is None:
            message = "it does not say why: end it with `because ...`"
            yield from _of_lint(file, comment, WITHOUT_REASON, message)
        else:
            for rule in comment.rules:
                if (comment, rule) not in file.used and (said := _unused(rule, file)) is not None:
                    yield from _of_lint(file, comment, UNUSED, said)


def _unused(rule: str, file: LintedFile) -> str | None:
    """Say why a suppression of a rule does nothing; `None` when the rule did not run."""
    if not _FORMS.fullmatch(rule):
        meant = closest(rule.upper(), tuple(by_id()))
        hint = f"; perhaps you meant {meant}" if meant else ""
        return f"{rule} is the id of no rule of imagekit, hadolint or BuildKit{hint}"
    if rule.startswith("IK"):
        known = by_id().get(rule)
        if known is None:
            meant = closest(rule, tuple(by_id()))
            hint = f"; perhaps you meant {meant}" if meant else ""
            return f"there is no rule {rule}{hint}"
        ran = file.policy.severity(rule, known.severity, file.text.file) is not None
    else:
        linter = "hadolint" if rule.startswith(("DL", "SC")) else "buildkit"
        level = file.policy.severity(rule, Severity.INFO, file.text.file)
        ran = linter in file.linters and level is not None
    return f"{rule} finds nothing here" if ran else None


def _of_lint(
    file: LintedFile, comment: Suppression, rule_id: str, message: str
) -> Iterator[Finding]:
    rule = by_id()[rule_id]
    severity = file.policy.severity(rule_id, rule.severity, file.text.file)
    if severity is not None:
        yield Finding(
            rule=rule_id, severity=severity, text=file.text, span=comment.span, message=message
        )
