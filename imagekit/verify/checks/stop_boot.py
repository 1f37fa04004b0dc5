"""The stop signal in the middle of the boot."""

from __future__ import annotations

from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.model import StopAfter, Subject, Trial, TrialFacts
from imagekit.verify.vm import runs_vm

_HALF: Final = 0.5
_AT_ONCE: Final = 1.0
"""Seconds in which any program may not have come to say what it does on a signal."""


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    took = subject.boot.ready_after or 0.0
    moment = _HALF * took
    return (
        Trial(
            name=f"{subject.expected.stop_with} after {wording.seconds(moment)}",
            expected=subject.expected,
            act=StopAfter(seconds=moment),
        ),
    )


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    (found,) = tried
    stop = found.stop
    if stop is None:
        return Skipped(reason="it was not stopped")
    name, grace = found.trial.name, wording.seconds(expected.budget.stop)
    if stop.exit_code is None:
        lost = f"{name} did not end it: still running {grace} later"
        if runs_vm(found.boot.processes):
            # No release of any recipe can pass: the VM drops what comes before its kernel
            # application handles signals. Said, never green, and no reason to fail a build.
            return Skipped(
                reason=f"{lost}. The Erlang VM handles no signal before its kernel has started; "
                "a pod deleted then is killed after its grace period"
            )
        act = found.trial.act
        if isinstance(act, StopAfter) and act.seconds < _AT_ONCE:
            return Skipped(
                reason=f"{lost}. The kernel drops what a first process does not handle yet; "
                "boot.stop tells what becomes of one that comes later"
            )
        return verdict("", (f"{lost}; where boot.stop passes, the boot swallows it",))
    took = wording.seconds(stop.seconds)
    if stop.exit_code != 0:
        return verdict("", (f"{name} led to exit code {stop.exit_code} after {took}",))
    return verdict(f"{name} led to exit code 0 after {took}", (), seconds=stop.seconds)


CHECK = TrialCheck(id="stop.boot", title="stops while it boots", trials=_trials, run=_run)
