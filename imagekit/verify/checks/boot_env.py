"""Each required variable missing in turn: it ends at once, and says which."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient
from imagekit.verify.trial.model import AwaitReady, Subject, Trial, TrialFacts

_WITHOUT: Final = "without "


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    expected = subject.expected
    names = [each.name for each in expected.required]
    if not names:
        return Skipped(reason="no variable is known to be required")
    own = subject.image.config.environment
    missing = [name for name in names if name not in own]
    if not missing:
        return Skipped(reason=f"the image itself sets {wording.some(names)}")
    return tuple(
        Trial(
            name=f"{_WITHOUT}{name}",
            expected=patient(
                replace(
                    expected,
                    environment={
                        key: value for key, value in expected.environment.items() if key != name
                    },
                )
            ),
            act=AwaitReady(),
        )
        for name in missing
    )


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    sources = {each.name: each.source for each in expected.required}
    problems = tuple(filter(None, (_problem(each, sources) for each in tried)))
    names = wording.some([_variable(each) for each in tried], len(tried))
    longest = max(each.boot.waited for each in tried)
    return verdict(
        f"ends and names what is missing within {wording.seconds(longest)}: {names}", problems
    )


def _problem(tried: TrialFacts, sources: dict[str, str]) -> str | None:
    name, boot = _variable(tried), tried.boot
    after = wording.seconds(boot.waited)
    if boot.ready_after is not None:
        return (
            f"{tried.trial.name} it becomes ready all the same, although {sources[name]} "
            "asks for it: what fails then fails with the first user"
        )
    if boot.state.running:
        return f"{tried.trial.name} it neither ends nor becomes ready within {after}"
    if boot.state.exit_code == 0:
        return f"{tried.trial.name} it ends with exit code 0: nothing restarts it, nobody is told"
    if not re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", boot.output):
        last = next(
            (line for line in reversed(boot.output.splitlines()) if line.strip()), "(nothing)"
        )
        return (
            f"{tried.trial.name} it ends with exit code {boot.state.exit_code}, and its output "
            f"does not name the variable; its last line: {wording.line(last, 120)}"
        )
    return None


def _variable(tried: TrialFacts) -> str:
    return tried.trial.name.removeprefix(_WITHOUT)


CHECK = TrialCheck(
    id="boot.env", title="ends at once when a variable is missing", trials=_trials, run=_run
)
