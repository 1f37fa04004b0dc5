"""Other secrets: the same image is ready with those of another cluster.

That it uses what it is given is not seen from outside: one that ignores it is ready, too.
"""

from __future__ import annotations

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient, with_environment
from imagekit.verify.trial.model import AwaitReady, Subject, Trial, TrialFacts


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    rotated = subject.expected.rotated
    if not rotated:
        return Skipped(
            reason="nothing says that it reads a generated secret: "
            "`{ generate = 64 }` under [verify] `env`, or its source (--project)"
        )
    expected = with_environment(subject.expected, **rotated)
    name = f"another {wording.some(sorted(rotated))}"
    return (Trial(name=name, expected=patient(expected), act=AwaitReady()),)


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    del expected
    (found,) = tried
    if found.boot.ready_after is None:
        why = explain(found.boot, found.trial.expected)
        return verdict("", (f"with {found.trial.name} it does not become ready", *why))
    return verdict(f"ready with {found.trial.name} too (whether it uses it is not asked)", ())


CHECK = TrialCheck(id="boot.secrets", title="is ready with other secrets", trials=_trials, run=_run)
