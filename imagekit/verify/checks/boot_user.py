"""A user id that nobody knows, in group 0: what OpenShift gives, and what Kubernetes may."""

from __future__ import annotations

from typing import Final

from imagekit.verify.check import TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient, with_environment
from imagekit.verify.trial.model import AwaitReady, Subject, Trial, TrialFacts

USER: Final = "1000660000:0"
"""In no passwd file; of the range that OpenShift takes a project's users from."""


def _trials(subject: Subject) -> tuple[Trial, ...]:
    # An empty HOME is none: the engine then looks the user up, finds nothing and says `/`,
    # as a cluster's does.
    expected = with_environment(subject.expected, HOME="")
    return (Trial(name=f"user {USER}", expected=patient(expected), act=AwaitReady(), user=USER),)


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    del expected
    problems: list[str] = []
    for each in tried:
        if each.boot.ready_after is None:
            problems.append(f"as {each.trial.name}, without a home, it does not become ready")
            problems += explain(each.boot, each.trial.expected)
    return verdict(f"ready as user {USER} too, without a home", tuple(problems))


CHECK = TrialCheck(id="boot.user", title="runs as any user of group 0", trials=_trials, run=_run)
