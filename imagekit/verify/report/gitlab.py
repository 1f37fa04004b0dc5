"""GitLab code quality: one issue a failed check, on the file that decides it.

A report without an issue is an empty list, which is GitLab's way to say that all is well: it has
no room for the image, the engine and the limits of a run that found nothing.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from imagekit.verify import wording
from imagekit.verify.model import Outcome, VerificationReport
from imagekit.verify.report.circumstances import circumstances
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
    """Write the list of issues; an empty one when nothing failed and nothing is missing."""
    del baseline
    issues = [
        _issue(report, each.id, each.detail, each.problems)
        for each in report.results
        if each.outcome is Outcome.FAILED
    ]
    if report.lost is not None:
        issues.append(_issue(report, report.lost.page, report.lost.what, (report.lost.found,)))
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issue(
    report: VerificationReport, name: str, detail: str, problems: tuple[str, ...]
) -> dict[str, Any]:
    group = name.partition(".")[0]
    # The same finding keeps its print from run to run: neither times nor digests are in it.
    own = f"{_repository(report.image.reference)} {name}"
    about = "\n".join(f"{each}: {value}" for each, value in circumstances(report).items())
    return {
        "type": "issue",
        "check_name": name,
        "description": wording.line(f"{name}: {detail}", 300),
        "content": {"body": "\n\n".join((*problems, about))},
        "categories": ["Security" if name in _SECRET else "Bug Risk"],
        "severity": "blocker" if name in _SECRET else _SEVERITY.get(group, "major"),
        "fingerprint": hashlib.sha256(own.encode()).hexdigest(),
        # An image has no line; GitLab wants one, and a project of ours has this file or none.
        "location": {"path": "imagekit.toml", "lines": {"begin": 1}},
    }


def _repository(reference: str) -> str:
    """Give the name without digest and tag; a port is no tag."""
    name = reference.partition("@")[0]
    before, colon, tag = name.rpartition(":")
    return before if colon and "/" not in tag else name
