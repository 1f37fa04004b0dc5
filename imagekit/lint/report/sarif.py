"""SARIF 2.1.0, for code scanning: docs.oasis-open.org/sarif/sarif/v2.1.0."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from imagekit import __version__
from imagekit.errors import ImagekitError
from imagekit.lint.baseline import fingerprint
from imagekit.lint.model import Finding, Severity
from imagekit.lint.outcome import Report
from imagekit.lint.report.wording import error_file, error_line, more, summary_of
from imagekit.lint.rules import by_id

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report) -> str:
    """Give the log: one run, one result a finding, suppressed and known ones marked as such."""
    findings = [
        *((each, None) for each in report.findings),
        *((each.finding, ("inSource", each.reason)) for each in report.suppressed),
        *((each, ("external", "in the baseline")) for each in report.known),
    ]
    ids = sorted({each.rule for each, _ in findings})
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "imagekit",
                        "semanticVersion": __version__,
                        "rules": [_rule(each) for each in ids],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": not report.unreadable,
                        "toolExecutionNotifications": [
                            *(_unreadable(each) for each in report.unreadable),
                            *(_note(each) for each in report.notes),
                        ],
                    }
                ],
                "results": [_result(each, ids, why) for each, why in findings],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=True) + "\n"


def _rule(rule_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": rule_id,
        "shortDescription": {"text": summary_of(rule_id)},
        "help": {"text": more(rule_id)},
    }
    known = by_id().get(rule_id)
    if known is not None:
        found["name"] = known.name
        found["defaultConfiguration"] = {"level": _LEVELS[known.severity]}
        found["properties"] = {"tags": [known.group]}
    elif more(rule_id).startswith("https:"):
        found["helpUri"] = more(rule_id)
    return found


def _result(finding: Finding, ids: list[str], why: tuple[str, str] | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": _physical(finding)}],
        "partialFingerprints": {"imagekit/v1": fingerprint(finding)},
    }
    if finding.fix is not None:
        result["fixes"] = [_fix(finding)]
    if why is not None:
        result["suppressions"] = [{"kind": why[0], "justification": why[1]}]
    return result


def _physical(finding: Finding) -> dict[str, Any]:
    location = finding.location
    return {
        "artifactLocation": {"uri": _uri(finding.file)},
        "region": {
            "startLine": location.line,
            "startColumn": location.column,
            "endLine": location.end_line,
            "endColumn": location.end_column,
        },
    }


def _fix(finding: Finding) -> dict[str, Any]:
    assert finding.fix is not None  # noqa: S101
    replacements = []
    for edit in finding.fix.edits:
        where = finding.text.location(edit.span)
        replacements.append(
            {
                "deletedRegion": {
                    "startLine": where.line,
                    "startColumn": where.column,
                    "endLine": where.end_line,
                    "endColumn": where.end_column,
                },
                "insertedContent": {"text": edit.text},
            }
        )
    change = {"artifactLocation": {"uri": _uri(finding.file)}, "replacements": replacements}
    return {"description": {"text": finding.fix.title}, "artifactChanges": [change]}


def _unreadable(err: ImagekitError) -> dict[str, Any]:
    found: dict[str, Any] = {"level": "error", "message": {"text": err.what}}
    if error_file(err):
        found["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(error_file(err))},
                    "region": {"startLine": error_line(err)},
                }
            }
        ]
    return found


def _note(note: str) -> dict[str, Any]:
    return {"level": "note", "message": {"text": note}}


def _uri(file: str) -> str:
    path = quote(file.replace("\\", "/"), safe="/-._~!$&'()*+,;=@", errors="replace")
    return f"file://{path}" if file.startswith("/") else path
