"""Other secrets: the same image is ready with those of another cluster.

Whether it uses what it is given is asked of the running node. A value that is in no configuration
may have been changed, or is read when it is used: that is said, and fails nothing.
"""

from __future__ import annotations

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient, with_environment
from imagekit.verify.trial.model import AwaitReady, Subject, Trial, TrialFacts
from imagekit.verify.trial.node import as_node, told
from imagekit.verify.trial.uses import Use, uses


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    rotated = subject.expected.rotated
    if not rotated:
        return Skipped(
            reason="nothing says that it reads a generated secret: "
            "`{ generate = 64 }` under [verify] `env`, or its source (--project)"
        )
    expected = with_environment(subject.expected, **rotated)
    name = f"another {wording.some(sorted(rotated))}"
    node = as_node(subject)
    other = Trial(name=name, expected=patient(expected), act=AwaitReady())
    return (other,) if node is None else (other, node)


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    found, *node = tried
    if found.boot.ready_after is None:
        why = explain(found.boot, found.trial.expected)
        return verdict("", (f"with {found.trial.name} it does not become ready", *why))
    known = tuple(use for each in node for use in uses(expected.rotated, told(each)))
    problems = tuple(_problem(each) for each in known if each.built and not each.has)
    seen = "; ".join(_seen(known)) or "whether it uses it was not asked"
    return verdict(f"ready with {found.trial.name} too; {seen}", problems)


def _problem(use: Use) -> str:
    return (
        f"the configuration of {wording.some(use.built)} has a {use.name.lower()} that is in the "
        f"image since it was built, and {use.name} is not used: read it in config/runtime.exs"
    )


def _seen(known: tuple[Use, ...]) -> tuple[str, ...]:
    has = tuple(f"{each.name} ({', '.join(each.has)})" for each in known if each.has)
    rest = tuple(each.name for each in known if not each.has)
    return (
        *((f"its configuration has {wording.some(has)}",) if has else ()),
        *(
            (f"{wording.some(rest)} is not there as given: read elsewhere, changed, or not used",)
            if rest
            else ()
        ),
    )


CHECK = TrialCheck(id="boot.secrets", title="is ready with other secrets", trials=_trials, run=_run)
