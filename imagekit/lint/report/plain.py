"""JSON, for programs: one document, schema 1."""

from __future__ import annotations

import json
from typing import Any, Final

from imagekit.errors import ImagekitError
from imagekit.lint.baseline import fingerprint
from imagekit.lint.model import Finding, Severity
from imagekit.lint.outcome import Report
from imagekit.lint.report.wording import more

SCHEMA: Final = 1


def render(report: Report) -> str:
    """Give the document."""
    return json.dumps({"schema": SCHEMA, **document(report)}, indent=2, ensure_ascii=True) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Give all of a report as plain values, without the schema's number."""
    return {
        "files": list(report.files),
        "findings": [_finding(each) for each in report.findings],
        "failing": len(report.failing),
        "counts": {level.value: report.counts[level] for level in Severity},
        "suppressed": [
            {**_finding(each.finding), "reason": each.reason} for each in report.suppressed
        ],
        "baseline": len(report.known),
        "disabled": [{"rule": off.rule, "pattern": off.pattern} for off in report.disabled],
        "unreadable": [_error(each) for each in report.unreadable],
        "notes": list(report.notes),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    location = finding.location
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
        "message": finding.message,
        "more": more(finding.rule),
        "fix": finding.fix.title if finding.fix is not None else None,
        "fingerprint": fingerprint(finding),
    }


def _error(err: ImagekitError) -> dict[str, Any]:
    return {
        "page": err.page,
        "exit_code": int(err.exit_code),
        "what": err.what,
        "found": err.found,
        "advice": err.advice,
    }
