"""Annotations of GitHub Actions: workflow commands on stdout.

docs.github.com, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from typing import Final

from imagekit.lint.model import Finding, Severity
from imagekit.lint.outcome import Report
from imagekit.lint.report.wording import error_file, error_line, more, printable

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """Give one line a finding."""
    lines = [_finding(each) for each in report.findings]
    lines += [
        _command("error", {"file": error_file(each), "line": str(error_line(each))}, each.what)
        for each in report.unreadable
    ]
    lines += [_command("notice", {}, each) for each in report.notes]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding) -> str:
    location = finding.location
    properties = {
        "file": finding.file,
        "line": str(location.line),
        "endLine": str(location.end_line),
        "title": f"{finding.rule} ({more(finding.rule)})",
    }
    if location.line == location.end_line:  # columns are of one line
        properties["col"] = str(location.column)
        properties["endColumn"] = str(location.end_column)
    return _command(_COMMANDS[finding.severity], properties, finding.message)


def _command(name: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name}{' ' if given else ''}{given}::{_data(message)}"


def _data(text: str) -> str:
    lines = (printable(line).replace("%", "%25") for line in text.splitlines())
    return "%0A".join(lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
