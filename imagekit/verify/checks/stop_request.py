"""The stop signal with a request in flight: the answer arrives whole."""

from __future__ import annotations

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, NoAnswer
from imagekit.verify.readiness import OK
from imagekit.verify.trial.attempt import IN_FLIGHT_AFTER
from imagekit.verify.trial.compose import patient, serving
from imagekit.verify.trial.model import StopDuring, Subject, Trial, TrialFacts


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    expected = subject.expected
    if expected.slow is None:
        return Skipped(reason="no path that answers late is known: set `slow` under [verify]")
    if serving(subject) is None:
        return Skipped(reason="no HTTP is expected of it")
    return (
        Trial(
            name=f"{expected.stop_with} during GET {expected.slow}",
            expected=patient(expected),
            act=StopDuring(path=expected.slow),
        ),
    )


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    (found,) = tried
    if found.boot.ready_after is None:
        told = explain(found.boot, found.trial.expected)
        return verdict("", ("it did not become ready when a request was to be sent", *told))
    if found.early:
        waited = wording.seconds(IN_FLIGHT_AFTER)
        return Skipped(
            reason=f"GET {expected.slow} was over before the signal, {waited} after it was sent: "
            "name a slower path with `slow` under [verify]"
        )
    if found.stop is None:
        return Skipped(reason="it ended before it could be asked")
    name, grace = found.trial.name, wording.seconds(expected.budget.stop)
    problems = [problem] if (problem := _answer_problem(found.in_flight)) else []
    if found.stop.exit_code is None:
        problems.append(f"still running {grace} after {name}")
    elif found.stop.exit_code != 0:
        problems.append(f"{name} led to exit code {found.stop.exit_code}")
    took = wording.seconds(found.stop.seconds)
    return verdict(
        f"{name}: the answer came whole, exit code 0 after {took}",
        tuple(problems),
        seconds=found.stop.seconds,
    )


def _answer_problem(answer: Answer | NoAnswer | None) -> str | None:
    if answer is None:
        return "the request in flight was never answered"
    if isinstance(answer, NoAnswer):
        return f"the request in flight was dropped: {answer.problem}"
    if answer.status != OK:
        return f"the request in flight was answered with {answer.status}"
    if answer.cut is not None:
        return f"the answer in flight {wording.cut(answer.cut)}"
    return None


CHECK = TrialCheck(
    id="stop.request", title="answers what is in flight when it stops", trials=_trials, run=_run
)
