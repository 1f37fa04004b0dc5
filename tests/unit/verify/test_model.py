"""When a verification passed."""

from __future__ import annotations

import json

import pytest

from imagekit.verify.model import CheckResult, Outcome, VerificationReport

from .examples import IMAGE


def result(check: str, outcome: Outcome) -> CheckResult:
    return CheckResult(id=check, outcome=outcome, seconds=0.12345, detail="x")


P, F, S = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED


@pytest.mark.parametrize(
    ("outcomes", "boot_wanted", "passed"),
    [
        ({}, True, False),
        ({}, False, False),
        ({"config.user": S, "boot.ready": S}, True, False),
        ({"config.user": S}, False, False),
        ({"config.user": P, "boot.ready": P}, True, True),
        ({"config.user": P, "boot.ready": P, "boot.http": S}, True, True),
        ({"config.user": F, "boot.ready": P}, True, False),
        ({"config.user": P, "boot.ready": F}, True, False),
        # A boot was wanted and none ran: not green, whatever else is.
        ({"config.user": P, "boot.ready": S}, True, False),
        ({"config.user": P}, True, False),
        ({"config.user": P, "boot.ready": S}, False, True),
    ],
)
def test_passed(outcomes: dict[str, Outcome], boot_wanted: bool, passed: bool) -> None:
    results = tuple(result(check, outcome) for check, outcome in outcomes.items())
    report = VerificationReport(image=IMAGE, results=results, boot_wanted=boot_wanted)
    assert report.passed is passed


def test_json_has_the_names_of_the_design() -> None:
    report = VerificationReport(
        image=IMAGE,
        results=(
            result("config.user", P),
            CheckResult(id="boot.ready", outcome=F, seconds=1, detail="no", problems=("a", "b")),
        ),
    )
    assert report.failed == ("boot.ready",)
    assert json.loads(json.dumps(report.to_json())) == {
        "passed": False,
        "incomplete": None,
        "checks": [
            {
                "id": "config.user",
                "outcome": "passed",
                "seconds": 0.123,
                "detail": "x",
                "problems": [],
            },
            {
                "id": "boot.ready",
                "outcome": "failed",
                "seconds": 1,
                "detail": "no",
                "problems": ["a", "b"],
            },
        ],
    }
