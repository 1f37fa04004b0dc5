"""A baseline: the findings that an old project has today, so that only new ones are reported.

An entry names rule, file and what stands on the line, not its number: code above may move it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from imagekit.errors import UnreadableConfiguration
from imagekit.lint.model import Finding
from imagekit.lint.outcome import Report

SCHEMA: Final = 1
_DIGITS: Final = 16


def fingerprint(finding: Finding) -> str:
    """Give what stays the same while a finding moves: of rule, file and the text of its line."""
    line = _digest(finding.text.line(finding.location.line))
    return _digest(f"{finding.rule}\0{finding.file}\0{line}")[:_DIGITS]


@lru_cache(maxsize=256)
def _digest(line: str) -> str:
    words = " ".join(line.split())
    return hashlib.sha256(words.encode("utf-8", errors="surrogatepass")).hexdigest()


def dump(findings: Iterable[Finding]) -> str:
    """Give the text of a baseline of these findings."""
    counts = Counter((each.file, each.rule, fingerprint(each)) for each in findings)
    entries = [
        {"file": file, "rule": rule, "fingerprint": mark, "count": count}
        for (file, rule, mark), count in sorted(counts.items())
    ]
    return json.dumps({"schema": SCHEMA, "findings": entries}, indent=2, ensure_ascii=False) + "\n"


def parse(text: str, file: str) -> Mapping[str, int]:
    """Give the fingerprints of a baseline with how many findings each stands for.

    Raises:
        UnreadableConfiguration: it is no baseline.
    """
    try:
        document: Any = json.loads(text)
        entries = document["findings"]
        known = Counter[str]()
        for entry in entries:
            known[str(entry["fingerprint"])] += int(entry["count"])
    except (ValueError, KeyError, TypeError, RecursionError) as err:
        problem = "it is not a baseline that `imagekit lint --write-baseline` wrote"
        raise UnreadableConfiguration(file=file, problem=problem) from err
    return known


def without(report: Report, known: Mapping[str, int], file: str) -> Report:
    """Take the known findings out of a report; what is known and no longer found, is noted."""
    left = Counter(known)
    new: list[Finding] = []
    old: list[Finding] = []
    for finding in report.findings:
        mark = fingerprint(finding)
        if left[mark] > 0:
            left[mark] -= 1
            old.append(finding)
        else:
            new.append(finding)
    gone = sum(left.values())
    notes = report.notes
    if gone:
        entries = "an entry" if gone == 1 else f"{gone} entries"
        notes = (*notes, f"{entries} of {file} found nothing any more: write it again")
    kept = set(map(id, new))
    return replace(
        report,
        findings=tuple(new),
        failing=tuple(each for each in report.failing if id(each) in kept),
        known=tuple(old),
        notes=notes,
    )
