"""A baseline: the findings that an old project has today, so that only new ones are reported.

An entry names rule, file and what stands on the line, not its number: code above may move it. Files
are named from the folder of the `imagekit.toml` that holds for them, else from the baseline's own:
a baseline is the same from whatever folder it is written or read.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, TypeAlias

from imagekit.errors import UnreadableConfiguration
from imagekit.lint.model import Finding
from imagekit.lint.outcome import Report
from imagekit.lint.policy import Policy

SCHEMA: Final = 1
_DIGITS: Final = 16


Known: TypeAlias = Mapping[tuple[str, str], int]
"""File and fingerprint to how many findings it stands for."""


def fingerprint(finding: Finding, name: str | None = None) -> str:
    """Give what stays the same while a finding moves: of rule, file and the text of its line.

    Args:
        finding: what was found.
        name: the file's name in a baseline; else it is the one that messages have.
    """
    line = _digest(finding.text.line(finding.location.line))
    return _digest(f"{finding.rule}\0{name or finding.file}\0{line}")[:_DIGITS]


def name_in(baseline: str, file: str, policy: Policy | None) -> str:
    """Give the name that a file has in a baseline.

    Args:
        baseline: the baseline, as messages name it.
        file: the file, as messages name it.
        policy: what holds for the file.
    """
    root = policy.root if policy is not None else None
    return posixpath.relpath(file, root or posixpath.dirname(baseline) or ".")


@lru_cache(maxsize=256)
def _digest(line: str) -> str:
    words = " ".join(line.split())
    return hashlib.sha256(words.encode("utf-8", errors="surrogatepass")).hexdigest()


def dump(report: Report, file: str) -> str:
    """Give the text of a baseline of what a report found, known findings included.

    Args:
        report: what was found.
        file: where it will be, as messages name it.
    """
    counts = Counter[tuple[str, str, str]]()
    for each in (*report.findings, *report.known):
        name = name_in(file, each.file, report.policies.get(each.file))
        counts[name, each.rule, fingerprint(each, name)] += 1
    entries = [
        {"file": name, "rule": rule, "fingerprint": mark, "count": count}
        for (name, rule, mark), count in sorted(counts.items())
    ]
    return json.dumps({"schema": SCHEMA, "findings": entries}, indent=2, ensure_ascii=False) + "\n"


def parse(text: str, file: str) -> Known:
    """Give the findings that a baseline knows.

    Raises:
        UnreadableConfiguration: it is no baseline.
    """
    try:
        document: Any = json.loads(text)
        entries = document["findings"]
        known = Counter[tuple[str, str]]()
        for entry in entries:
            known[str(entry["file"]), str(entry["fingerprint"])] += int(entry["count"])
    except (ValueError, KeyError, TypeError, RecursionError) as err:
        problem = "it is not a baseline that `imagekit lint --write-baseline` wrote"
        raise UnreadableConfiguration(file=file, problem=problem) from err
    return known


def files_of(report: Report, given: str | None) -> Mapping[str, frozenset[str]]:
    """Give each baseline of a report with the linted files that it is about.

    Args:
        report: what was found.
        given: one baseline for all files, instead of those of their policies.
    """
    found: dict[str, set[str]] = {}
    for file in {*report.files, *report.policies}:
        policy = report.policies.get(file)
        baseline = given or (policy.baseline if policy is not None else None)
        if baseline is not None:
            found.setdefault(baseline, set()).add(file)
    return {baseline: frozenset(files) for baseline, files in sorted(found.items())}


def without(report: Report, known: Known, file: str, files: frozenset[str]) -> Report:
    """Take the known findings out of a report; what is known and no longer found, is noted.

    Args:
        report: what was found.
        known: what the baseline knows.
        file: the baseline, as messages name it.
        files: the linted files that it is about; entries of others are neither used nor missed.
    """
    names = {each: name_in(file, each, report.policies.get(each)) for each in files}
    left = Counter(known)
    new: list[Finding] = []
    old: list[Finding] = []
    for finding in report.findings:
        name = names.get(finding.file)
        mark = (name, fingerprint(finding, name)) if name is not None else None
        if mark is not None and left[mark] > 0:
            left[mark] -= 1
            old.append(finding)
        else:
            new.append(finding)
    linted = frozenset(names.values())
    gone = sum(count for (name, _), count in left.items() if name in linted)
    notes = report.notes
    if gone:
        entries = "an entry" if gone == 1 else f"{gone} entries"
        notes = (*notes, f"{entries} of {file} found nothing any more: write it again")
    kept = set(map(id, new))
    return replace(
        report,
        findings=tuple(new),
        failing=tuple(each for each in report.failing if id(each) in kept),
        known=(*report.known, *old),
        notes=notes,
    )
