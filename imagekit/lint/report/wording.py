"""Words and texts that several formats share."""

from __future__ import annotations

import re
from typing import Final

from imagekit.errors import ImagekitError
from imagekit.lint.model import Finding
from imagekit.lint.outcome import Report
from imagekit.lint.rules import by_id

_URLS: Final = (
    (re.compile(r"DL\d{4}"), "https://github.com/hadolint/hadolint/wiki/{}"),
    (re.compile(r"SC\d{4}"), "https://github.com/koalaman/shellcheck/wiki/{}"),
)
_KEBAB: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Make text of a file safe to show: one column a character, nothing that steers a terminal."""
    return _CONTROL.sub("\ufffd", text.replace("\t", " "))


def more(rule: str) -> str:
    """Say where to read about a rule: a command for ours, an address for others'."""
    if rule in by_id():
        return f"imagekit explain {rule}"
    for pattern, url in _URLS:
        if pattern.fullmatch(rule):
            return url.format(rule)
    return f"https://docs.docker.com/reference/build-checks/{_KEBAB.sub('-', rule).lower()}/"


def summary_of(rule: str) -> str:
    """Give the sentence of a rule of ours; of others the id."""
    known = by_id().get(rule)
    return known.summary if known is not None else rule


def place(finding: Finding) -> str:
    """Give `file:line:column`."""
    location = finding.location
    return f"{finding.file}:{location.line}:{location.column}"


def error_file(err: ImagekitError) -> str:
    """Give the file that an error names; empty when it names none."""
    return str(getattr(err, "file", getattr(err, "path", "")))


def error_line(err: ImagekitError) -> int:
    """Give the line that an error names, else 1."""
    return int(getattr(err, "line", None) or 1)


def plural(count: int, one: str) -> str:
    """Give a number with its noun: `1 finding`, `2 findings`."""
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def disabled(report: Report) -> list[str]:
    """Name the rules that were off, and where: a rule that does not run is visible."""
    return [
        off.rule if off.pattern is None else f"{off.rule} for {printable(off.pattern)}"
        for off in report.disabled
    ]
