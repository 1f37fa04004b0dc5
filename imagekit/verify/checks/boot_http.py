"""The answer: status, and a body that ends."""

from __future__ import annotations

from imagekit.plan.runtime import HttpReadiness
from imagekit.verify import wording
from imagekit.verify.causes.running import answer_words
from imagekit.verify.check import BootCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts
from imagekit.verify.readiness import unlike


def _run(boot: BootFacts, expected: Expectation) -> Verdict:
    ready = expected.ready.value
    if not isinstance(ready, HttpReadiness):
        return Skipped(reason="no HTTP is expected of it: set `http` under [verify]")
    if boot.answer is None:
        return Skipped(reason=wording.NEVER_READY)
    answer = boot.answer
    problems: list[str] = []
    if answer.status not in expected.answer.status:
        problems.append(f"GET {ready.path} {answer_words(answer)}")
        if body := wording.line(answer.body, 300):
            problems.append(f"its body: {body}")
    elif answer.cut is not None:
        problems.append(f"the body of GET {ready.path} {wording.cut(answer.cut)}")
    problems += unlike(answer, expected.answer)
    kind = answer.header("content-type") or "no content type"
    shown = wording.line(answer.body, 40)
    return verdict(f"{answer.status}, {wording.line(kind, 60)}: {shown!r}", tuple(problems))


CHECK = BootCheck(id="boot.http", title="answers over HTTP", run=_run)
