"""The release command `eval`, as a Kubernetes job runs it: a container of its own."""

from __future__ import annotations

from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient
from imagekit.verify.trial.model import AwaitEnd, Subject, Trial, TrialFacts

_SAID: Final = "eval was here"
_ASK: Final = f'IO.puts("{_SAID}")'


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    found = subject.expected.program
    if found is None:
        return Skipped(reason="it starts no release made by Mix or Distillery")
    return (
        Trial(
            name="eval",
            expected=patient(subject.expected),
            act=AwaitEnd(),
            command=(*found.before, "eval", _ASK),
        ),
    )


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    del expected
    (found,) = tried
    state = found.boot.state
    if state.running:
        return verdict("", (f"`eval` has not ended within {wording.seconds(found.boot.waited)}",))
    if state.exit_code != 0:
        told = explain(found.boot, found.trial.expected)
        return verdict("", (f"`eval` led to exit code {state.exit_code}", *told))
    if _SAID not in found.boot.output.splitlines():
        return verdict("", ("`eval` ended well and did not say what it was told to say",))
    return verdict(f"`eval` ran in a container of its own, {wording.seconds(found.seconds)}", ())


CHECK = TrialCheck(id="commands.eval", title="runs `eval` as a job would", trials=_trials, run=_run)
