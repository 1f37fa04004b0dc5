"""A crash: an exit code that tells, the reason in the log, no dump on the root file system."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient
from imagekit.verify.trial.model import Crash, Subject, Trial, TrialFacts
from imagekit.verify.vm import runs_vm

_SIGNAL: Final = "SIGUSR1"
"""The Erlang VM ends with a crash dump on it, as on any fatal error (`erl(1)`, "Signals")."""
_DUMP: Final = "erl_crash.dump"


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    if not runs_vm(subject.boot.processes):
        return Skipped(reason="no Erlang VM runs in it: nobody knows how to make it crash")
    # A writable root, as a pod without `readOnlyRootFilesystem` has: a dump would land there.
    return (
        Trial(
            name=f"crash ({_SIGNAL})",
            expected=patient(subject.expected),
            act=Crash(signal=_SIGNAL),
            read_only=False,
        ),
    )


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    (found,) = tried
    if found.boot.ready_after is None:
        why = explain(found.boot, found.trial.expected)
        return verdict("", ("it did not become ready when it was to crash", *why))
    stop = found.stop
    if stop is None:
        return Skipped(reason="it was not made to crash")
    problems: list[str] = []
    if stop.exit_code is None:
        grace = wording.seconds(expected.budget.stop)
        problems.append(f"{_SIGNAL} ends no VM: still running {grace} later")
    elif stop.exit_code == 0:
        problems.append("exit code 0 after a crash: nothing restarts it, nobody is told")
    if stop.exit_code is not None and _SIGNAL not in found.boot.output:
        problems.append("the reason is not in its output")
    dumps = [each for each in found.boot.changes if PurePosixPath(each).name == _DUMP]
    if dumps:
        problems.append(
            f"a crash dump on the root file system: {wording.some(dumps)} "
            "(ERL_CRASH_DUMP_BYTES=0, or ERL_CRASH_DUMP on a volume)"
        )
    shown = f"exit code {stop.exit_code} after {wording.seconds(stop.seconds)}"
    return verdict(f"{shown}, the reason in its output, no dump", tuple(problems))


CHECK = TrialCheck(id="boot.crash", title="crashes well", trials=_trials, run=_run)
