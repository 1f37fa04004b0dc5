"""A CPU and a process limit: it becomes ready under them, and its schedulers fit."""

from __future__ import annotations

import math
import re
from typing import Final

from imagekit.verify import wording
from imagekit.verify.boot import PIDS
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient
from imagekit.verify.trial.model import AwaitReady, Execute, Subject, Trial, TrialFacts

CPUS: Final = 1.0
_ASK: Final = 'IO.puts("schedulers online: #{System.schedulers_online()}")'
_TOLD: Final = re.compile(r"^schedulers online: (\d+)$", re.MULTILINE)


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    for limit in ("cpus", "pids"):
        if limit in subject.unlimited:
            return Skipped(reason=f"this engine cannot limit {limit}: see `imagekit doctor`")
    found = subject.expected.program
    ask = AwaitReady() if found is None else Execute(commands=((found.path, "eval", _ASK),))
    expected = patient(subject.expected)
    return (Trial(name=f"{CPUS:g} CPU", expected=expected, act=ask, cpus=CPUS),)


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    del expected
    (found,) = tried
    limits = f"{CPUS:g} CPU and {PIDS} processes"
    if found.boot.ready_after is None:
        told = explain(found.boot, found.trial.expected)
        return verdict("", (f"under limits of {limits} it does not become ready", *told))
    after = wording.seconds(found.boot.ready_after)
    if not found.executed:
        # What is no release of Mix or Distillery has nobody to ask.
        return verdict(f"ready after {after} under {limits}; no schedulers to ask for", ())
    ((code, output),) = found.executed
    told_by = _TOLD.search(output)
    if told_by is None:
        last = wording.line(output[-300:], 160)
        return Skipped(reason=f"`eval` did not tell the schedulers (exit code {code}): {last}")
    online = int(told_by[1])
    problems: list[str] = []
    if online > math.ceil(CPUS):
        problems.append(
            f"{online} schedulers are online under a limit of {CPUS:g} CPU: they are throttled "
            "against each other (a fixed `+S` in vm.args, or an OTP older than 23)"
        )
    return verdict(
        f"ready after {after} under {limits}; {online} scheduler{'s'[: online != 1]} online",
        tuple(problems),
    )


CHECK = TrialCheck(
    id="boot.limits", title="fits its CPU and process limits", trials=_trials, run=_run
)
