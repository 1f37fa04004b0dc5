"""Booted again and again, alone: what the boot takes, at the median and at worst."""

from __future__ import annotations

from statistics import median
from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.model import AwaitReady, Subject, Trial, TrialFacts

BOOTS: Final = 3


def _trials(subject: Subject) -> tuple[Trial, ...]:
    return tuple(
        Trial(
            name=f"boot {number} of {BOOTS}",
            expected=subject.expected,
            act=AwaitReady(),
            alone=True,
        )
        for number in range(1, BOOTS + 1)
    )


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    took = [each.boot.ready_after for each in tried if each.boot.ready_after is not None]
    problems: list[str] = []
    for each in tried:
        if each.boot.ready_after is None:
            problems.append(f"{each.trial.name} does not become ready, although the first did")
            problems += explain(each.boot, expected)
    if not took:
        return verdict("", tuple(problems))
    worst, middle, limit = max(took), median(took), expected.budget.boot
    shown = f"median {wording.seconds(middle)}, worst {wording.seconds(worst)} of {len(took)} boots"
    return verdict(f"{shown} (budget {wording.seconds(limit)})", tuple(problems), seconds=middle)


CHECK = TrialCheck(id="boot.again", title="boots every time", trials=_trials, run=_run)
