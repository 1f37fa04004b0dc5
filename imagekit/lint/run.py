"""Every rule on every file: hits become findings, sorted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, TypeAlias, assert_never

from imagekit.errors import ImagekitError, closest
from imagekit.lint.model import (
    ComposeFile,
    DockerfileFile,
    ElixirFile,
    Finding,
    Hit,
    ManifestFile,
    ProjectFiles,
    Rule,
    SettingsFile,
    Severity,
    Text,
)
from imagekit.lint.policy import Off, Policy
from imagekit.lint.rules import by_id, rules
from imagekit.lint.suppress import Suppression, Suppressions, suppressions

Target: TypeAlias = (
    DockerfileFile | ComposeFile | ManifestFile | ElixirFile | SettingsFile | ProjectFiles
)

WITHOUT_REASON: Final = "IK001"
UNUSED: Final = "IK002"
_UNREADABLE: Final = "it is not understood: write `# imagekit: ignore=IK123 because ...`"


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A target with the policy that holds for it."""

    target: Target
    policy: Policy = field(default_factory=Policy)

    @property
    def text(self) -> Text:
        """The file's text; a project's hits are at home in its `imagekit.toml`."""
        target = self.target
        return target.settings.text if isinstance(target, ProjectFiles) else target.text


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

    @cached_property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings there are at each severity."""
        return {level: sum(each.severity is level for each in self.findings) for level in Severity}


@dataclass(kw_only=True)
class _File:
    """One file of a run."""

    text: Text
    policy: Policy
    comments: Suppressions
    linters: tuple[str, ...]
    used: set[tuple[Suppression, str]] = field(default_factory=set)
    """Suppressions with the rules that they took a finding of away."""


def run(
    subjects: Sequence[Subject],
    *,
    foreign: Sequence[Foreign] = (),
    unreadable: Sequence[ImagekitError] = (),
    notes: Sequence[str] = (),
    fail_on: Severity | None = None,
) -> Report:
    """Lint: every rule on every subject, with what other linters found.

    Args:
        subjects: what to look at.
        foreign: what other linters found, and in which files they looked.
        unreadable: why files could not be read.
        notes: what did not run, and why.
        fail_on: the lowest severity that fails, instead of what the policies say.
    """
    files = {
        each.text.file: _File(
            text=each.text,
            policy=each.policy,
            comments=Suppressions(suppressions(each.target)),
            linters=tuple(other.linter for other in foreign if other.file == each.text.file),
        )
        for each in subjects
        if not isinstance(each.target, ProjectFiles)
    }
    found = [finding for subject in subjects for finding in _look(subject, files)]
    for other in foreign:
        found.extend(_judged(other.findings, files))
    kept: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in found:
        comment = _comment_about(finding, files.get(finding.file))
        if comment is None:
            kept.append(finding)
        else:
            suppressed.append(Suppressed(finding=finding, reason=comment.reason or ""))
    kept.extend(finding for file in files.values() for finding in _about_comments(file))
    findings = tuple(sorted({each.order: each for each in kept}.values(), key=_order))
    return Report(
        findings=findings,
        failing=tuple(each for each in findings if _fails(each, files, fail_on)),
        suppressed=tuple(sorted(suppressed, key=lambda each: each.finding.order)),
        disabled=tuple(sorted(_disabled(files.values()), key=str)),
        unreadable=tuple(unreadable),
        notes=tuple(dict.fromkeys(notes)),
        files=tuple(sorted({*files, *(each.file for each in findings)})),
    )


def look(rule: Rule, target: Target) -> Iterable[Hit]:
    """Give the hits of one rule on one target; none when it does not look at such."""
    match target:
        case DockerfileFile():
            return rule.dockerfile(target) if rule.dockerfile is not None else ()
        case ComposeFile():
            return rule.compose(target) if rule.compose is not None else ()
        case ManifestFile():
            return rule.manifest(target) if rule.manifest is not None else ()
        case ElixirFile():
            return rule.elixir(target) if rule.elixir is not None else ()
        case SettingsFile():
            return rule.settings(target) if rule.settings is not None else ()
        case ProjectFiles():
            return rule.project(target) if rule.project is not None else ()
        case _:
            assert_never(target)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.order


def _fails(finding: Finding, files: Mapping[str, _File], fail_on: Severity | None) -> bool:
    file = files.get(finding.file)
    policy = file.policy if file is not None else Policy()
    return finding.severity.reaches(fail_on or policy.fail_on)


def _look(subject: Subject, files: Mapping[str, _File]) -> Iterator[Finding]:
    for rule in rules():
        if subject.policy.severity(rule.id, rule.severity, subject.text.file) is None:
            continue
        for hit in look(rule, subject.target):
            text = hit.file or subject.text
            policy = files[text.file].policy if text.file in files else subject.policy
            severity = policy.severity(rule.id, rule.severity, text.file)
            if severity is not None:
                yield Finding(
                    rule=rule.id,
                    severity=severity,
                    text=text,
                    span=hit.span,
                    message=hit.message,
                    fix=hit.fix,
                )


def _judged(findings: Iterable[Finding], files: Mapping[str, _File]) -> Iterator[Finding]:
    """Give the findings of another linter with the severity of our settings."""
    for finding in findings:
        policy = files[finding.file].policy if finding.file in files else Policy()
        severity = policy.severity(finding.rule, finding.severity, finding.file)
        if severity is not None:
            yield replace(finding, severity=severity)


def _comment_about(finding: Finding, file: _File | None) -> Suppression | None:
    if file is None or not file.comments.comments:
        return None
    found = file.comments.about(finding.rule, finding.location.line)
    if found is not None:
        file.used.add((found, finding.rule))
    return found


def _about_comments(file: _File) -> Iterator[Finding]:
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


def _unused(rule: str, file: _File) -> str | None:
    """Say why a suppression of a rule does nothing; `None` when the rule did not run."""
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


def _of_lint(file: _File, comment: Suppression, rule_id: str, message: str) -> Iterator[Finding]:
    rule = by_id()[rule_id]
    severity = file.policy.severity(rule_id, rule.severity, file.text.file)
    if severity is not None:
        yield Finding(
            rule=rule_id, severity=severity, text=file.text, span=comment.span, message=message
        )


def _disabled(files: Iterable[_File]) -> set[Off]:
    return {off for file in files for off in file.policy.disabled(file.text.file)}
