"""Markdown for a pull request's comment: what failed, what has grown, and all checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.verify import wording
from imagekit.verify.model import CheckResult, Outcome, VerificationReport
from imagekit.verify.report.circumstances import circumstances, summary
from imagekit.verify.sizes import Baseline, Change, Sizes, changes

MARK: Final = "<!-- imagekit verify -->"
"""First line: a bot finds its own comment by it, to write it anew instead of one more."""

_SIGNS: Final = {
    Outcome.PASSED: "✅ passed",
    Outcome.FAILED: "❌ failed",
    Outcome.SKIPPED: "⚪ skipped",
}
_ESCAPED: Final = str.maketrans(
    {each: f"\\{each}" for each in "\\`*_{}[]()#+!|~$"}
    | {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;"}
)


def write(report: VerificationReport, baseline: Baseline | None) -> str:
    """Write the comment."""
    return "\n".join((MARK, *lines(report, baseline))) + "\n"


def lines(report: VerificationReport, baseline: Baseline | None) -> Iterator[str]:
    """Give the lines, without the mark."""
    verdict = "passed" if report.passed else "failed"
    yield f"### {escape(report.image.reference)}: verification {verdict}"
    yield ""
    yield f"{summary(report)}."
    failed = [each for each in report.results if each.outcome is Outcome.FAILED]
    for each in failed:
        yield ""
        yield from _failure(each)
    yield ""
    yield from _sizes(tuple(changes(report.image, baseline)), baseline)
    yield ""
    yield "<details><summary>All checks</summary>"
    yield ""
    yield "| check | outcome | seen |"
    yield "|---|---|---|"
    for each in report.results:
        yield f"| `{each.id}` | {_SIGNS[each.outcome]} | {escape(wording.line(each.detail))} |"
    yield ""
    yield "</details>"
    yield ""
    yield "<details><summary>Image, engine, limits</summary>"
    yield ""
    for name, value in circumstances(report).items():
        yield f"- {name}: {escape(wording.line(value, 300))}"
    yield ""
    yield "</details>"


def escape(text: str) -> str:
    """Make a text that is shown as it is: no markup, no mention, no cell that ends early."""
    return text.translate(_ESCAPED)


def _failure(result: CheckResult) -> Iterator[str]:
    yield f"**`{result.id}`** (`imagekit explain {result.id}`)"
    yield ""
    # Indented, a block of code has no fence that its text could close.
    for problem in result.problems or (result.detail,):
        for line in problem.splitlines():
            yield f"    {wording.line(line, 300)}"


def _sizes(rows: tuple[Change, ...], baseline: Baseline | None) -> Iterator[str]:
    if baseline is None:
        yield "| layers | compressed | unpacked |"
        yield "|---|---:|---:|"
        for row in rows:
            after = row.after or Sizes(compressed=0, unpacked=0)
            yield (
                f"| {row.name} | {wording.size(after.compressed)} "
                f"| {wording.size(after.unpacked)} |"
            )
        return
    yield f"Against {escape(baseline.reference)} (`{escape(baseline.digest)}`):"
    yield ""
    yield "| layers | compressed | change | unpacked | change |"
    yield "|---|---:|---:|---:|---:|"
    none = Sizes(compressed=0, unpacked=0)
    for row in rows:
        before, after = row.before or none, row.after or none
        yield (
            f"| {row.name} | {wording.size(after.compressed)} "
            f"| {growth(before.compressed, after.compressed)} "
            f"| {wording.size(after.unpacked)} | {growth(before.unpacked, after.unpacked)} |"
        )


def growth(before: int, after: int) -> str:
    """Write a change: `+1.2 MB (+4.1 %)`, `0`."""
    if before == after:
        return "0"
    sign = "+" if after > before else "−"  # noqa: RUF001 - a minus, for people
    change = f"{sign}{wording.size(abs(after - before))}"
    if not before:
        return f"{change} (new)"
    return f"{change} ({sign}{abs(after - before) / before:.1%})".replace("%", " %")
