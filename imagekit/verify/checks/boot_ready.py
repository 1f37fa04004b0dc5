"""Ready within its budget, under a read-only root and without capabilities."""

from __future__ import annotations

from typing import assert_never

from imagekit.plan.runtime import AliveReadiness, HttpReadiness, LogReadiness, RpcReadiness
from imagekit.verify import wording
from imagekit.verify.check import BootCheck, Failed, Verdict, verdict
from imagekit.verify.diagnose import UNKNOWN, diagnose, explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts
from imagekit.verify.readiness import OK, patience, quoted


def _run(boot: BootFacts, expected: Expectation) -> Verdict:
    if boot.ready_after is None:
        detail = diagnose(boot, expected).cause or UNKNOWN
        return Failed(
            detail=wording.line(detail), problems=explain(boot, expected), seconds=boot.waited
        )
    limit = patience(expected)
    told = f"{_seen(boot, expected)} after {wording.seconds(boot.ready_after)}"
    budget = wording.seconds(limit)
    if boot.ready_after > limit:
        return verdict("", (f"{told}, over the budget of {budget}",), seconds=boot.ready_after)
    return verdict(f"{told} (budget {budget})", (), seconds=boot.ready_after)


def _seen(boot: BootFacts, expected: Expectation) -> str:
    match expected.ready.value:
        case HttpReadiness(path=path):
            https = boot.answer is not None and boot.answer.forwarded_https
            # Said, because a probe of the cluster must send the header as well.
            sent = " with X-Forwarded-Proto: https (it forces TLS)" if https else ""
            status = boot.answer.status if boot.answer is not None else OK
            return f"GET {path}{sent} answered {status}"
        case LogReadiness(text=text, regex=regex):
            how = "matched" if regex else "said"
            return f"the output {how} {quoted(text)}"
        case RpcReadiness(expression=expression):
            return f"`rpc` succeeded with {quoted(expression)}"
        case AliveReadiness():
            return "alive"
        case _:
            assert_never(expected.ready.value)


CHECK = BootCheck(id="boot.ready", title="becomes ready within its budget", run=_run)
