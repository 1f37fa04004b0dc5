"""The stop: exit code 0 within the grace period."""

from __future__ import annotations

import signal
from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import BootCheck, Skipped, Verdict, verdict
from imagekit.verify.diagnose import last_output
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

_BY_SIGNAL: Final = 128
"""Shells and engines report a death by signal N as exit code 128 + N."""


def _run(boot: BootFacts, expected: Expectation) -> Verdict:
    stop = boot.stop
    if stop is None:
        return Skipped(reason=wording.NEVER_READY)
    grace = wording.seconds(expected.budget.stop)
    took = wording.seconds(stop.seconds)
    problems: tuple[str, ...] = ()
    if stop.exit_code is None:
        why = (
            "the first process ignores it or does not finish what it does then, or a shell in "
            "front of it keeps it to itself"
        )
        problems = (f"still running {grace} after {stop.signal}: {why}", last_output(boot.output))
    elif stop.exit_code != 0:
        problems = (f"{stop.signal} led to exit code {stop.exit_code}{_meaning(stop.exit_code)}",)
    return verdict(
        f"{stop.signal} led to exit code 0 after {took} (grace period {grace})",
        problems,
        seconds=stop.seconds,
    )


def _meaning(code: int) -> str:
    number = code - _BY_SIGNAL
    name = next((each.name for each in signal.Signals if each.value == number), None)
    return f": it did not handle it, {name} ended it" if name else ""


CHECK = BootCheck(id="boot.stop", title="stops on its signal with exit code 0", run=_run)
