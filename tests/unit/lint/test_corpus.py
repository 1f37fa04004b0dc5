"""Hand-written Dockerfiles for Elixir, good and bad, as people publish them, judged by hand.

`expected.txt` says for each line which rules are broken there, one `<line> <rule>` each: what a
reader found, not what the rules find. It is never refreshed; where the two differ, one is wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from imagekit.lint.fix import fixed
from imagekit.lint.model import Severity
from imagekit.lint.rules import by_id

from .checking import lint

CORPUS = Path(__file__).parents[2] / "golden" / "corpus"
CASES = sorted(path.name for path in CORPUS.iterdir())
ENOUGH = 25
LOWEST = 0.97
"""Precision and recall below which the rules have got worse, or the corpus harder."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was found of one file, against what is there."""

    case: str
    found: Counter[tuple[int, str]]
    expected: Counter[tuple[int, str]]

    @property
    def missed(self) -> Counter[tuple[int, str]]:
        return self.expected - self.found

    @property
    def false(self) -> Counter[tuple[int, str]]:
        return self.found - self.expected


def judged(case: str) -> Judged:
    folder = CORPUS / case
    report = lint((folder / "Dockerfile").read_text(encoding="utf-8"))
    assert not report.unreadable
    found = Counter((each.location.line, each.rule) for each in report.findings)
    lines = (folder / "expected.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ") for line in lines)
    expected = Counter((int(number), rule) for number, rule in pairs)
    return Judged(case=case, found=found, expected=expected)


def level(rule: str) -> Severity:
    return by_id()[rule].severity


def told(all_of_them: list[Judged]) -> tuple[str, float, float]:
    right = sum((each.found & each.expected).total() for each in all_of_them)
    found = sum(each.found.total() for each in all_of_them)
    expected = sum(each.expected.total() for each in all_of_them)
    precision, recall = right / found, right / expected
    text = (
        f"{len(all_of_them)} Dockerfiles, {expected} expected, {found} found, {right} right: "
        f"precision {precision:.3f}, recall {recall:.3f}"
    )
    return text, precision, recall


def test_precision_and_recall(capsys: pytest.CaptureFixture[str]) -> None:
    results = [judged(case) for case in CASES]
    text, precision, recall = told(results)
    lines = [text]
    for each in results:
        for how, which in (("missed", each.missed), ("false", each.false)):
            lines += [f"  {how} {each.case}:{at} {rule}" for at, rule in sorted(which)]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert len(results) >= ENOUGH
    assert min(precision, recall) >= LOWEST


@pytest.mark.parametrize("case", CASES)
def test_no_error_is_missed_and_none_is_made_up(case: str) -> None:
    result = judged(case)
    missed = [each for each in result.missed if level(each[1]) is Severity.ERROR]
    false = [each for each in result.false if level(each[1]) is Severity.ERROR]
    assert (missed, false) == ([], [])


def test_every_rule_on_dockerfiles_is_broken_somewhere() -> None:
    broken = {rule for case in CASES for _, rule in judged(case).expected}
    looking = {rule.id for rule in by_id().values() if rule.dockerfile is not None}
    assert looking - broken == set()


@pytest.mark.parametrize("case", [each for each in CASES if each.startswith("good-")])
def test_a_good_one_has_nothing_at_error_level(case: str) -> None:
    assert [rule for _, rule in judged(case).found if level(rule) is Severity.ERROR] == []


@pytest.mark.parametrize("case", CASES)
def test_fixes_change_what_they_say_and_nothing_else(case: str) -> None:
    text = (CORPUS / case / "Dockerfile").read_text(encoding="utf-8")
    before = lint(text)
    edits = sorted(
        (edit.span, edit.text)
        for each in before.findings
        if each.fix is not None
        for edit in each.fix.edits
    )
    after = fixed(text, before.findings)
    at, rest = 0, after
    for span, put in edits:
        kept = text[at : span.start]
        assert rest.startswith(kept + put)
        rest, at = rest[len(kept + put) :], span.end
    assert rest == text[at:]
    report = lint(after)
    rules = Counter(each.rule for each in before.findings)
    assert Counter(each.rule for each in report.findings) <= rules
    assert not [each for each in report.findings if each.fix is not None]
