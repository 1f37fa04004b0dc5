"""A baseline: known findings stay away while code moves, new ones do not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from imagekit.errors import UnreadableConfiguration
from imagekit.lint import baseline
from imagekit.lint.outcome import Report
from imagekit.lint.policy import Policy

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


def known(text: str, file: str = "Dockerfile") -> baseline.Known:
    return baseline.parse(baseline.dump(lint(text, file), "known.json"), "known.json")


def without(report: Report, before: baseline.Known) -> Report:
    return baseline.without(report, before, "known.json", frozenset(report.files))


def after(text: str, *, before: str, file: str = "Dockerfile") -> Report:
    return without(lint(text, file), known(before, file))


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
    other = without(lint(OLD, "web.Dockerfile"), known(OLD))
    assert "IK101" in ids(other)


def test_a_second_finding_of_the_same_words_is_new() -> None:
    twice = POD + "    - name: web\n"
    report = after(twice, before=POD, file="pod.yaml")
    assert [each.rule for each in report.findings].count("IK401") == 1
    assert [each.location.line for each in report.findings if each.rule == "IK401"] == [7]


def test_what_is_gone_is_noted() -> None:
    gone = known(OLD)
    report = without(lint("FROM scratch\nUSER 1\n"), gone)
    count = sum(gone.values())
    entries = "an entry" if count == 1 else f"{count} entries"
    assert report.notes == (f"{entries} of known.json found nothing any more: write it again",)


def test_what_was_not_linted_is_not_gone() -> None:
    assert without(lint("FROM scratch\nUSER 1\n", "web.Dockerfile"), known(OLD)).notes == ()
    assert without(Report(findings=()), known(OLD)).notes == ()


@pytest.mark.parametrize(
    ("root", "file", "name"),
    [
        (".", "Dockerfile", "Dockerfile"),
        ("..", "../deploy/Dockerfile", "deploy/Dockerfile"),
        ("../..", "Dockerfile", None),
        ("apps/shop", "apps/shop/deploy/Dockerfile", "deploy/Dockerfile"),
        ("/srv/shop", "/srv/shop/deploy/Dockerfile", "deploy/Dockerfile"),
        (None, "deploy/Dockerfile", "deploy/Dockerfile"),
    ],
)
def test_names_are_those_from_the_root(root: str | None, file: str, name: str | None) -> None:
    here = "/".join(Path.cwd().parts[-2:])
    found = baseline.name_in("known.json", file, Policy(root=root))
    assert found == (name if name is not None else f"{here}/{file}")


def test_without_settings_names_are_those_from_the_baseline() -> None:
    assert baseline.name_in("../ci/known.json", "../deploy/Dockerfile", None) == (
        "../deploy/Dockerfile"
    )


def test_the_file_is_sorted_and_the_same_for_the_same_findings() -> None:
    report = lint(POD + "    - name: web\n", "pod.yaml")
    text = baseline.dump(report, "known.json")
    turned = replace(report, findings=tuple(reversed(report.findings)))
    assert text == baseline.dump(turned, "known.json")
    entries = json.loads(text)["findings"]
    assert entries == sorted(entries, key=lambda each: (each["file"], each["rule"]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"findings": [1]}',
        '{"findings": [{"file": "a", "fingerprint": "a"}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_baseline_is_an_error(text: str) -> None:
    with pytest.raises(UnreadableConfiguration) as raised:
        baseline.parse(text, "known.json")
    assert raised.value.file == "known.json"
