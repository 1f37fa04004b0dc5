"""Memory at rest and after 200 requests, against the budget."""

from __future__ import annotations

from typing import Final

from imagekit.plan.runtime import HttpReadiness
from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, NoAnswer
from imagekit.verify.readiness import statuses
from imagekit.verify.trial.compose import patient
from imagekit.verify.trial.model import Asked, Load, Subject, Trial, TrialFacts

REQUESTS: Final = 200
_ROOM: Final = 2
"""The limit is so many times the budget: what is over it is measured, not killed."""


def _trials(subject: Subject) -> tuple[Trial, ...]:
    ready = subject.expected.ready.value
    path = ready.path if isinstance(ready, HttpReadiness) else None
    return (
        Trial(
            name="memory",
            expected=patient(subject.expected),
            act=Load(path=path, requests=REQUESTS),
            memory_bytes=_ROOM * subject.expected.budget.memory,
        ),
    )


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    (found,) = tried
    if found.boot.ready_after is None:
        told = explain(found.boot, found.trial.expected)
        return verdict("", ("it did not become ready when its memory was to be measured", *told))
    if not found.memory:
        return Skipped(reason="the engine tells no memory of a container")
    budget = wording.size(expected.budget.memory)
    asked = found.asked or Asked(asked=0, answered=0)
    moments = ("at rest", f"after {asked.answered} requests")
    measured = tuple(zip(moments, found.memory, strict=False))
    problems = tuple(
        f"{wording.size(used)} {moment}, over the budget of {budget}"
        for moment, used in measured
        if used > expected.budget.memory
    )
    if asked.wrong is not None:
        wanted = statuses(expected.answer)
        answered = f"of {asked.asked} requests {asked.answered} were answered with {wanted}"
        problems += (f"{answered}; the first that was not: {_shown(asked.wrong)}",)
    if not problems and found.asked is not None and asked.asked < REQUESTS:
        return Skipped(reason=f"only {asked.asked} of {REQUESTS} requests were done in time")
    shown = ", ".join(f"{wording.size(used)} {moment}" for moment, used in measured)
    return verdict(f"{shown} (budget {budget})", problems)


def _shown(wrong: Answer | NoAnswer) -> str:
    return wrong.problem if isinstance(wrong, NoAnswer) else f"it got {wrong.status}"


CHECK = TrialCheck(
    id="boot.memory", title="stays within its memory budget", trials=_trials, run=_run
)
