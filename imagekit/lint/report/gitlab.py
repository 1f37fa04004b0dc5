"""GitLab's code quality report: docs.gitlab.com, "Code Quality", "Report format"."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any, Final

from imagekit.errors import ImagekitError
from imagekit.lint.baseline import fingerprint
from imagekit.lint.model import Finding, Severity
from imagekit.lint.outcome import Report
from imagekit.lint.report.wording import error_file, error_line

_SEVERITIES: Final = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.INFO: "info",
}


def render(report: Report) -> str:
    """Give the array; fingerprints are unique, as GitLab demands."""
    seen = Counter[str]()
    issues = [_finding(each, seen) for each in report.findings]
    issues += [_unreadable(each) for each in report.unreadable]
    return json.dumps(issues, indent=2, ensure_ascii=True) + "\n"


def _finding(finding: Finding, seen: Counter[str]) -> dict[str, Any]:
    mark = fingerprint(finding)
    seen[mark] += 1
    location = finding.location
    return {
        "description": finding.message,
        "check_name": finding.rule,
        "fingerprint": _hash(mark, str(seen[mark])),
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": finding.file,
            "lines": {"begin": location.line, "end": location.end_line},
        },
    }


def _unreadable(err: ImagekitError) -> dict[str, Any]:
    return {
        "description": err.what,
        "check_name": err.page,
        "fingerprint": _hash(err.page, err.what),
        "severity": "blocker",
        "location": {"path": error_file(err), "lines": {"begin": error_line(err)}},
    }


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", errors="replace")).hexdigest()[:32]
