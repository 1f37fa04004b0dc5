"""For people: each finding with its line and a caret, then a summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from imagekit.lint.model import Finding, Severity
from imagekit.lint.outcome import Report
from imagekit.lint.report.wording import disabled, place, plural, printable

_WIDEST: Final = 100
"""Characters of a source line that are shown; of a longer one the part around the caret."""
_BEFORE: Final = 40
_RESET: Final = "\x1b[0m"
_STYLES: Final = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[33m",
    "info": "\x1b[36m",
    "dim": "\x1b[2m",
    "bold": "\x1b[1m",
}

Paint = Callable[[str, str], str]


def render(report: Report, *, colour: bool = False) -> str:
    """Give the whole report."""
    paint: Paint = _painted if colour else _plain
    blocks = ["\n".join(_finding(each, paint)) for each in report.findings]
    blocks.append("\n".join(_summary(report, paint)))
    return "\n\n".join(blocks) + "\n"


def _plain(_style: str, text: str) -> str:
    return text


def _painted(style: str, text: str) -> str:
    return f"{_STYLES[style]}{text}{_RESET}"


def _finding(finding: Finding, paint: Paint) -> Iterator[str]:
    severity = paint(finding.severity.value, finding.severity.value)
    message = printable(finding.message)
    yield f"{paint('bold', printable(place(finding)))}  {severity}  {finding.rule}  {message}"
    location = finding.location
    line = finding.text.line(location.line)
    if not line.strip():
        return
    end = location.end_column if location.end_line == location.line else len(line) + 1
    first = location.column - 1
    last = max(first + 1, end - 1)
    cut = max(0, first - _BEFORE) if len(line) > _WIDEST else 0
    excerpt = printable(line[cut : cut + _WIDEST])
    marks = "^" * max(1, min(last, cut + _WIDEST) - first)
    number = str(location.line)
    blank = " " * len(number)
    indent = " " * (first - cut)
    yield f"{paint('dim', f'{number} |')} {excerpt.rstrip()}"
    yield f"{paint('dim', f'{blank} |')} {indent}{paint(finding.severity.value, marks)}"
    if finding.fix is not None:
        title = printable(finding.fix.title)
        yield f"{paint('dim', f'{blank} =')} --fix: {title[:1].lower()}{title[1:]}"


def _summary(report: Report, paint: Paint) -> Iterator[str]:
    for note in report.notes:
        yield f"note: {printable(note)}"
    off = disabled(report)
    if off:
        yield f"off: {', '.join(off)}"
    taken = []
    if report.suppressed:
        taken.append(f"{len(report.suppressed)} suppressed")
    if report.known:
        taken.append(f"{len(report.known)} in the baseline")
    fixable = sum(each.fix is not None for each in report.findings)
    if fixable:
        taken.append(f"{fixable} can be fixed with --fix")
    counts = [
        paint(level.value, plural(report.counts[level], level.value))
        if level is not Severity.INFO
        else paint(level.value, f"{report.counts[level]} info")
        for level in Severity
        if report.counts[level]
    ]
    found = ", ".join(counts) if counts else "no findings"
    more = f" ({', '.join(taken)})" if taken else ""
    yield f"{found} in {plural(len(report.files), 'file')}{_kinds(report)}{more}"


def _kinds(report: Report) -> str:
    """Say what was read, where it was of more than one kind: what is not said was not there."""
    if len(report.kinds) < 2:  # noqa: PLR2004
        return ""
    return f": {', '.join(plural(count, kind) for kind, count in report.kinds)}"
