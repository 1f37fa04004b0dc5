"""A baseline: known findings stay away while code moves, new ones do not."""

from __future__ import annotations

import json

import pytest

from imagekit.errors import UnreadableConfiguration
from imagekit.lint import baseline
from imagekit.lint.outcome import Report

from .checking import lint

OLD = "FROM a\nRUN mix compile\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  containers:
    - name: web
"""


def known(text: str, file: str = "Dockerfile") -> dict[str, int]:
    return dict(baseline.parse(baseline.dump(lint(text, file).findings), "known.json"))


def after(text: str, *, before: str, file: str = "Dockerfile") -> Report:
    return baseline.without(lint(text, file), known(before, file), "known.json")


def ids(report: Report) -> set[str]:
    return {each.rule for each in report.findings}


def test_known_findings_are_counted_and_not_reported() -> None:
    report = after(OLD, before=OLD)
    assert report.findings == report.failing == ()
    assert {each.rule for each in report.known} >= {"IK101"}
    assert report.notes == ()


def test_a_finding_that_moves_stays_known() -> None:
    moved = "# one\n\nFROM a\nENV A=1\nRUN  mix   compile\n"
    assert "IK101" not in ids(after(moved, before=OLD))


def test_another_line_another_rule_and_another_file_are_new() -> None:
    assert "IK101" in ids(after("FROM a\nRUN mix compile --force\n", before=OLD))
    assert "IK001" in ids(after(f"# imagekit: x\n{OLD}", before=OLD))
    other = baseline.without(lint(OLD, "web.Dockerfile"), known(OLD), "known.json")
    assert "IK101" in ids(other)


def test_a_second_finding_of_the_same_words_is_new() -> None:
    twice = POD + "    - name: web\n"
    report = after(twice, before=POD, file="pod.yaml")
    assert [each.rule for each in report.findings].count("IK401") == 1
    assert [each.location.line for each in report.findings if each.rule == "IK401"] == [7]


def test_what_is_gone_is_noted() -> None:
    gone = known(OLD)
    report = baseline.without(Report(findings=()), gone, "known.json")
    count = sum(gone.values())
    entries = "an entry" if count == 1 else f"{count} entries"
    assert report.notes == (f"{entries} of known.json found nothing any more: write it again",)


def test_the_file_is_sorted_and_the_same_for_the_same_findings() -> None:
    findings = lint(POD + "    - name: web\n", "pod.yaml").findings
    text = baseline.dump(findings)
    assert text == baseline.dump(reversed(findings))
    entries = json.loads(text)["findings"]
    assert entries == sorted(entries, key=lambda each: (each["file"], each["rule"]))


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"findings": [1]}', '{"findings": [{"fingerprint": "a"}]}', "[" * 100_000],
)
def test_what_is_no_baseline_is_an_error(text: str) -> None:
    with pytest.raises(UnreadableConfiguration) as raised:
        baseline.parse(text, "known.json")
    assert raised.value.file == "known.json"
