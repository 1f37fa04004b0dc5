"""A verification as a terminal shows it."""

from __future__ import annotations

from dataclasses import replace

from imagekit.cli.report import report_lines
from imagekit.verify.model import CheckResult, Outcome
from tests.unit.cli.test_report_options import REPORT


def shown(*results: CheckResult) -> list[str]:
    return [each.plain for each in report_lines(replace(REPORT, results=results))]


def result(name: str, outcome: Outcome, detail: str) -> CheckResult:
    return CheckResult(id=name, outcome=outcome, seconds=0, detail=detail)


def test_checks_in_a_row_that_were_skipped_for_one_reason_have_it_said_once() -> None:
    why = "the boot never got ready"
    lines = shown(
        result("boot.ready", Outcome.FAILED, "no answer"),
        *(result(f"boot.{n}", Outcome.SKIPPED, why) for n in ("http", "stop", "clean")),
        result("boot.nofile", Outcome.SKIPPED, "no such limit"),
        result("boot.env", Outcome.SKIPPED, why),
        result("boot.port", Outcome.SKIPPED, why),
    )
    assert lines == [
        "  failed  boot.ready           no answer",
        "  skipped 3 checks             the boot never got ready",
        "                               boot.http, boot.stop, boot.clean",
        "  skipped boot.nofile          no such limit",
        "  skipped boot.env             the boot never got ready",
        "  skipped boot.port            the boot never got ready",
    ]


def test_what_passed_with_the_same_words_keeps_its_lines() -> None:
    results = [result(f"files.{n}", Outcome.PASSED, "none") for n in "abc"]
    assert [line.split()[1] for line in shown(*results)] == ["files.a", "files.b", "files.c"]
