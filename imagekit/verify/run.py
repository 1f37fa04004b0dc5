"""`verify`: gathers the facts, runs every check, reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import assert_never

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.engine.scope import RunScope
from imagekit.image import Image
from imagekit.verify.boot import boot, limits
from imagekit.verify.check import (
    BootCheck,
    Check,
    ConfigCheck,
    Failed,
    FilesCheck,
    Passed,
    PreparationCheck,
    Skipped,
    TrialCheck,
    Verdict,
)
from imagekit.verify.checks import CHECKS
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts, FileFacts
from imagekit.verify.files import read_files
from imagekit.verify.model import (
    Checked,
    CheckResult,
    NotReady,
    Outcome,
    Ready,
    Trying,
    VerificationReport,
    VerifyEvent,
)
from imagekit.verify.prepare import prepare
from imagekit.verify.secrets import scrub
from imagekit.verify.select import NOT_ASKED, left_out, require_known
from imagekit.verify.services.model import Preparation
from imagekit.verify.timing import Stopwatch
from imagekit.verify.trial.model import Subject, Trial, TrialFacts
from imagekit.verify.trial.together import together
from imagekit.verify.watch import Clock

Tried = Mapping[str, tuple[TrialFacts, ...] | Skipped]
"""What further boots told, by check; of a check that had nothing to try, why."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The facts of one verification."""

    files: FileFacts
    boot: BootFacts | None
    """`None` when none was wanted, or the services were not ready."""
    prepared: Preparation = field(default_factory=Preparation)
    tried: Tried = field(default_factory=dict)


def verify(
    engine: Engine,
    reference: str,
    expectation: Expectation | Callable[[Image], Expectation],
    scope: RunScope,
    on_event: Callable[[VerifyEvent], None],
    *,
    platform: str | None = None,
) -> VerificationReport:
    """Verify an image.

    Args:
        engine: the engine that has it.
        reference: its name or id.
        expectation: what is expected; a function when that needs the image itself, whose
            layers are then read before the boot, else while it stops.
        scope: removes what the boots start.
        on_event: hears of the boots and of every result, on this thread.
        platform: which image of an index to read; the engine boots the one it can run.

    Raises:
        ImageNotFound: the engine does not have it.
        InvalidValue: a check is switched off that there is not.
        EngineLost: the engine stopped answering.
    """
    images = ImageStore(engine=engine)
    watch = Stopwatch()

    def read() -> FileFacts:
        with watch.part("files"):
            return read_files(images, reference, platform)

    # Reading layers takes a processor: it waits until the boot's time is measured, where it can.
    reading = _Later(read)
    expected = expectation(reading.result().image) if callable(expectation) else expectation
    require_known(expected, CHECKS)

    def heard(event: VerifyEvent) -> None:
        if isinstance(event, Ready | NotReady):
            reading.start()
        on_event(event)

    booted: BootFacts | None = None
    prepared = Preparation()
    if expected.boot:
        expected, prepared = prepare(scope, reference, expected, on_event, watch)
    if expected.boot and prepared.ready:
        with watch.part("boot"):
            booted = boot(scope, reference, expected, heard)
    files = reading.result()
    tried: Tried = {}
    if booted is not None:
        subject = Subject(
            image=files.image, expected=expected, boot=booted, unlimited=engine.info.unlimited
        )
        tried = _try(scope, reference, subject, on_event, watch)
    facts = Gathered(files=files, boot=booted, prepared=prepared, tried=tried)
    return replace(
        judge(facts, expected, on_event),
        engine=engine.info,
        limits=limits(expected) if expected.boot else None,
        timings=watch.timings(),
    )


def _try(
    scope: RunScope,
    reference: str,
    subject: Subject,
    on_event: Callable[[VerifyEvent], None],
    watch: Stopwatch,
) -> Tried:
    """Boot again for every check that wants it."""
    wanted = {
        check.id: check.trials(subject)
        for check in CHECKS
        if isinstance(check, TrialCheck) and left_out(check, subject.expected, subject.boot) is None
    }
    trials: dict[str, tuple[Trial, ...]] = {
        check: each for check, each in wanted.items() if not isinstance(each, Skipped)
    }
    skipped = {check: each for check, each in wanted.items() if isinstance(each, Skipped)}
    if not trials:
        return skipped
    on_event(Trying(names=tuple(trial.name for each in trials.values() for trial in each)))
    with watch.part("further boots"):
        told = together(scope, reference, trials, Clock(), watch)
    return {**skipped, **told}


def judge(
    facts: Gathered,
    expected: Expectation,
    on_event: Callable[[VerifyEvent], None],
    *,
    checks: tuple[Check, ...] = CHECKS,
    monotonic: Callable[[], float] = time.monotonic,
) -> VerificationReport:
    """Run the checks on the facts, in the order of the registry."""
    results = []
    for check in checks:
        begun = monotonic()
        verdict = left_out(check, expected, facts.boot) or _run(check, facts, expected)
        result = _result(check.id, verdict, monotonic() - begun, expected.hidden)
        on_event(Checked(result=result))
        results.append(result)
    return VerificationReport(
        image=facts.files.image, results=tuple(results), boot_wanted=expected.boot
    )


def _run(check: Check, facts: Gathered, expected: Expectation) -> Verdict:
    match check:
        case ConfigCheck():
            return check.run(facts.files.image, expected)
        case FilesCheck():
            return check.run(facts.files, expected)
        case PreparationCheck():
            return check.run(facts.prepared, expected)
        case BootCheck():
            if facts.boot is None:
                return Skipped(reason=NOT_ASKED)
            return check.run(facts.boot, expected)
        case TrialCheck():
            tried = facts.tried.get(check.id, ())
            if isinstance(tried, Skipped):
                return tried
            return check.run(tried, expected) if tried else Skipped(reason="it was not tried")
        case _:
            assert_never(check)


def _result(check: str, verdict: Verdict, took: float, hidden: tuple[str, ...]) -> CheckResult:
    problems: tuple[str, ...] = ()
    seconds: float | None = 0.0
    match verdict:
        case Passed(detail=detail, seconds=seconds):
            outcome = Outcome.PASSED
        case Failed(detail=detail, problems=problems, seconds=seconds):
            outcome = Outcome.FAILED
        case Skipped(reason=detail):
            outcome = Outcome.SKIPPED
        case _:
            assert_never(verdict)
    return CheckResult(
        id=check,
        outcome=outcome,
        seconds=took if seconds is None else seconds,
        # Facts come without secrets; this holds whatever a check makes of them.
        detail=scrub(detail, hidden),
        problems=tuple(scrub(each, hidden) for each in problems),
    )


class _Later:
    """A call on a thread of its own, started later. A Ctrl-C does not wait for it."""

    def __init__(self, call: Callable[[], FileFacts]) -> None:
        self._future: Future[FileFacts] = Future()
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        if self._thread.ident is None:
            self._thread.start()

    def result(self) -> FileFacts:
        self.start()
        return self._future.result()

    def _run(self) -> None:
        try:
            self._future.set_result(self._call())
        except BaseException as err:  # noqa: BLE001 - given to whoever asks for the result
            self._future.set_exception(err)
