"""Names: what the network's DNS knows, the release resolves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient
from imagekit.verify.trial.model import AwaitEnd, Subject, Trial, TrialFacts

ALIAS: Final = "verified.imagekit.internal"
"""A name of the container itself that stands in no file: only DNS knows it."""
_TOLD: Final = re.compile(r"^resolved ([\w.-]+): (.*)$", re.MULTILINE)
_FOUND: Final = "{:ok,"


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    found = subject.expected.program
    if found is None:
        return Skipped(reason="it starts no release made by Mix or Distillery: nobody to ask")
    if subject.network is None:
        return Skipped(reason="the engine makes no network in which names resolve")
    return (
        Trial(
            name="DNS",
            expected=replace(patient(subject.expected), network=subject.network),
            act=AwaitEnd(),
            command=(*found.before, "eval", _ask(_names(subject.expected))),
            alias=ALIAS,
        ),
    )


def _names(expected: Expectation) -> tuple[str, ...]:
    return (ALIAS, *(each.name for each in expected.services))


def _ask(names: tuple[str, ...]) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    resolved = ":inet.getaddr(to_charlist(name), :inet)"
    return f'for name <- [{listed}], do: IO.puts("resolved #{{name}}: #{{inspect({resolved})}}")'


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    del expected
    (found,) = tried
    told = dict(_TOLD.findall(found.boot.output))
    if found.boot.state.exit_code != 0 or not told:
        problem = f"`eval` did not tell (exit code {found.boot.state.exit_code})"
        return verdict("", (problem, *explain(found.boot, found.trial.expected)))
    problems = [
        f"{name} does not resolve ({wording.line(answer, 80)}), and the network's DNS knows it"
        for name, answer in told.items()
        if not answer.startswith(_FOUND)
    ]
    if problems:
        problems.append(
            "The Erlang VM asks libc by `inet_gethost` of its ERTS: that program must be in the "
            "image, libnss_dns where its libc has that apart, and no /etc/nsswitch.conf without dns"
        )
    return verdict(f"resolves {wording.some(tuple(told))}", tuple(problems))


CHECK = TrialCheck(id="boot.dns", title="resolves names", trials=_trials, run=_run)
