"""The project's own migrations, before the boot: twice, as a Kubernetes job runs them."""

from __future__ import annotations

from imagekit.verify import wording
from imagekit.verify.check import PreparationCheck, Skipped, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.select import NOT_SERVED, QUICK
from imagekit.verify.services.model import Preparation

_TWICE = 2


def _run(prepared: Preparation, expected: Expectation) -> Verdict:
    if expected.migrate is None:
        return Skipped(reason="no migration is known: `migrate` under [verify]")
    if not prepared.ready:
        return Skipped(reason=NOT_SERVED)
    if prepared.left_out is not None:
        return Skipped(reason=f"{prepared.left_out.service.image} cannot be had: see service.ready")
    if not prepared.migrations:
        return Skipped(reason="it was not tried")
    command = f"`{wording.line(' '.join(expected.migrate.value), 100)}`"
    last = prepared.migrations[-1]
    state = last.boot.state
    time = ("first", "second")[len(prepared.migrations) - 1]
    if last.boot.refused is not None:
        return verdict("", (last.boot.refused,))
    if state.running:
        problem = f"{command} has not ended within {wording.seconds(last.boot.waited)}"
        return verdict("", (f"{problem}, the {time} time",))
    if state.exit_code != 0:
        again = "" if time == "first" else ": a job that is retried must find nothing left to do"
        told = explain(last.boot, last.trial.expected)
        problem = f"{command} led to exit code {state.exit_code}, the {time} time{again}"
        return verdict("", (problem, *told))
    if len(prepared.migrations) < _TWICE:
        return Skipped(reason=f"{QUICK}: it ran once")
    seconds = " and ".join(wording.seconds(each.seconds) for each in prepared.migrations)
    return verdict(f"{command} ran twice, {seconds}", ())


CHECK = PreparationCheck(id="commands.migrate", title="migrates, and migrates again", run=_run)
