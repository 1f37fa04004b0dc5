"""Another PORT: the same image obeys it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from imagekit.resolved import Resolved
from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient, serving, with_environment
from imagekit.verify.trial.model import AwaitReady, Subject, Trial, TrialFacts

_LAST_PORT: Final = 65535
_UNPRIVILEGED: Final = 1024


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    port = serving(subject)
    if port is None:
        return Skipped(reason="no HTTP is expected of it")
    if subject.image.config.environment.get("PORT") != str(port):
        return Skipped(reason=f"the image does not say that PORT decides: no ENV PORT={port}")
    other = port + 1 if _UNPRIVILEGED <= port < _LAST_PORT else _UNPRIVILEGED + port % 1000
    expected = replace(
        with_environment(subject.expected, PORT=str(other)),
        port=Resolved(value=other, source="boot.port"),
    )
    return (Trial(name=f"PORT={other}", expected=patient(expected), act=AwaitReady()),)


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    del expected
    problems: list[str] = []
    for each in tried:
        if each.boot.ready_after is None:
            problems.append(
                f"with {each.trial.name} nothing was ready there: the port is fixed when the "
                "image is built, or read from elsewhere"
            )
            problems += explain(each.boot, each.trial.expected)
    names = wording.some([each.trial.name for each in tried])
    return verdict(f"ready with {names} too", tuple(problems))


CHECK = TrialCheck(id="boot.port", title="obeys another PORT", trials=_trials, run=_run)
