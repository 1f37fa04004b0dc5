"""The answer: status, and a body that ends."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.plan.model import HttpReadiness
from imagekit.settings.schema.verify import AnswerSettings
from imagekit.verify import wording
from imagekit.verify.causes.running import answer_words
from imagekit.verify.check import BootCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, BootFacts
from imagekit.verify.readiness import OK


def _run(boot: BootFacts, expected: Expectation) -> Verdict:
    ready = expected.ready.value
    if not isinstance(ready, HttpReadiness):
        return Skipped(reason="no HTTP is expected of it: set `http` under [verify]")
    if boot.answer is None:
        return Skipped(reason=wording.NEVER_READY)
    answer = boot.answer
    problems: list[str] = []
    if answer.status != OK:
        problems.append(f"GET {ready.path} {answer_words(answer)}")
        if body := wording.line(answer.body, 300):
            problems.append(f"its body: {body}")
    elif not answer.whole:
        problems.append(f"the body of GET {ready.path} does not end within time and size")
    problems += _unlike(answer, expected.answer)
    kind = answer.header("content-type") or "no content type"
    shown = wording.line(answer.body, 40)
    return verdict(f"{answer.status}, {wording.line(kind, 60)}: {shown!r}", tuple(problems))


def _unlike(answer: Answer, wanted: AnswerSettings) -> Iterator[str]:
    """Say what is not as `[verify.answer]` wants it."""
    for name, text in sorted(wanted.headers.items()):
        values = [value for each, value in answer.headers if each == name.lower()]
        if not values:
            yield f"the header {name} is missing"
        elif not any(text in value for value in values):
            yield f"the header {name} is {wording.line(values[0], 80)!r}, without {text!r}"
    if wanted.body is not None and wanted.body not in answer.body:
        yield f"the body has no {wanted.body!r}; it begins: {wording.line(answer.body, 120)}"


CHECK = BootCheck(id="boot.http", title="answers over HTTP", run=_run)
