"""Every rule on every file: hits become findings, sorted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from imagekit.errors import ImagekitError
from imagekit.lint.comments import LintedFile, about_comments, comment_about
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
from imagekit.lint.outcome import Foreign, Report, Suppressed
from imagekit.lint.policy import Off, Policy
from imagekit.lint.rules import rules
from imagekit.lint.suppress import Suppressions, suppressions

Target: TypeAlias = (
    DockerfileFile | ComposeFile | ManifestFile | ElixirFile | SettingsFile | ProjectFiles
)


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
        each.text.file: LintedFile(
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
        comment = comment_about(finding, files.get(finding.file))
        if comment is None:
            kept.append(finding)
        else:
            suppressed.append(Suppressed(finding=finding, reason=comment.reason or ""))
    kept.extend(finding for file in files.values() for finding in about_comments(file))
    findings = tuple(sorted({each.order: each for each in kept}.values(), key=_order))
    return Report(
        findings=findings,
        failing=tuple(each for each in findings if _fails(each, files, fail_on)),
        suppressed=tuple(sorted(suppressed, key=lambda each: each.finding.order)),
        disabled=tuple(sorted(_disabled(files.values()), key=str)),
        unreadable=tuple(unreadable),
        notes=tuple(dict.fromkeys(notes)),
        files=tuple(sorted({*files, *(each.file for each in findings)})),
        kinds=_kinds(subjects),
        policies={each.text.file: each.policy for each in subjects},
    )


def _kinds(subjects: Sequence[Subject]) -> tuple[tuple[str, int], ...]:
    counts = Counter(
        kind for _, kind in {(each.text.file, _kind(each.target)) for each in subjects} if kind
    )
    return tuple(sorted(counts.items()))


def _kind(target: Target) -> str:
    match target:
        case DockerfileFile():
            return "Dockerfile"
        case ComposeFile():
            return "compose file"
        case ManifestFile():
            return "manifest"
        case ElixirFile():
            return "Elixir file"
        case SettingsFile():
            return "settings file"
        case ProjectFiles():
            return ""  # it is files that were counted
        case _:
            assert_never(target)


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


def _fails(finding: Finding, files: Mapping[str, LintedFile], fail_on: Severity | None) -> bool:
    file = files.get(finding.file)
    policy = file.policy if file is not None else Policy()
    return finding.severity.reaches(fail_on or policy.fail_on)


def _look(subject: Subject, files: Mapping[str, LintedFile]) -> Iterator[Finding]:
    for rule in rules():
        if subject.policy.severity(rule.id, rule.severity, subject.text.file) is None:
            continue
        for hit in look(rule, subject.target):
            text = hit.file or subject.text
            policy = files[text.file].policy if text.file in files else subject.policy
            severity = policy.severity(rule.id, hit.severity or rule.severity, text.file)
            if severity is not None:
                yield Finding(
                    rule=rule.id,
                    severity=severity,
                    text=text,
                    span=hit.span,
                    message=hit.message,
                    fix=hit.fix,
                )


def _judged(findings: Iterable[Finding], files: Mapping[str, LintedFile]) -> Iterator[Finding]:
    """Give the findings of another linter with the severity of our settings."""
    for finding in findings:
        policy = files[finding.file].policy if finding.file in files else Policy()
        severity = policy.severity(finding.rule, finding.severity, finding.file)
        if severity is not None:
            yield replace(finding, severity=severity)


def _disabled(files: Iterable[LintedFile]) -> set[Off]:
    return {off for file in files for off in file.policy.disabled(file.text.file)}
