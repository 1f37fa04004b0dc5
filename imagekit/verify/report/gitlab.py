"""GitLab code quality: one issue a failed check, on the file that decides it."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from imagekit.verify import wording
from imagekit.verify.model import CheckResult, Outcome, VerificationReport
from imagekit.verify.sizes import Baseline

_SEVERITY: Final = {
    "files": "critical",
    "config": "major",
    "boot": "major",
    "stop": "major",
    "commands": "major",
    "size": "minor",
}
_SECRET: Final = frozenset({"files.secrets", "files.cookie", "config.environment"})


def write(report: VerificationReport, baseline: Baseline | None) -> str:
    """Write the list of issues; an empty one when nothing failed."""
    del baseline
    issues = [_issue(report, each) for each in report.results if each.outcome is Outcome.FAILED]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issue(report: VerificationReport, result: CheckResult) -> dict[str, Any]:
    group = result.id.partition(".")[0]
    # The same finding keeps its print from run to run: neither times nor digests are in it.
    name = f"{_repository(report.image.reference)} {result.id}"
    return {
        "type": "issue",
        "check_name": result.id,
        "description": wording.line(f"{result.id}: {result.detail}", 300),
        "content": {"body": "\n\n".join((*result.problems, f"Image: {report.image.digest}"))},
        "categories": ["Security" if result.id in _SECRET else "Bug Risk"],
        "severity": "blocker" if result.id in _SECRET else _SEVERITY.get(group, "major"),
        "fingerprint": hashlib.sha256(name.encode()).hexdigest(),
        # An image has no line; GitLab wants one, and a project of ours has this file or none.
        "location": {"path": "imagekit.toml", "lines": {"begin": 1}},
    }


def _repository(reference: str) -> str:
    """Give the name without digest and tag; a port is no tag."""
    name = reference.partition("@")[0]
    before, colon, tag = name.rpartition(":")
    return before if colon and "/" not in tag else name
