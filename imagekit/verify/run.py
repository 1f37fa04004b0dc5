"""`verify`: gathers the facts, runs every check, reports."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, assert_never

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.engine.scope import RunScope
from imagekit.image import Image
from imagekit.verify.boot import boot
from imagekit.verify.check import (
    BootCheck,
    Check,
    ConfigCheck,
    Failed,
    FilesCheck,
    Passed,
    Skipped,
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
    VerificationReport,
    VerifyEvent,
)
from imagekit.verify.secrets import scrub

NOT_ASKED: Final = "no boot was asked for"


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The facts of one verification."""

    files: FileFacts
    boot: BootFacts | None


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
        scope: removes what the boot starts.
        on_event: hears of the boot and of every result, on this thread.
        platform: which image of an index to read; the engine boots the one it can run.

    Raises:
        ImageNotFound: the engine does not have it.
        EngineLost: the engine stopped answering.
    """
    images = ImageStore(engine=engine)

    def read() -> FileFacts:
        return read_files(images, reference, platform)

    if callable(expectation):
        files = read()
        expected = expectation(files.image)
        booted = boot(scope, reference, expected, on_event) if expected.boot else None
        return judge(Gathered(files=files, boot=booted), expected, on_event)
    if not expectation.boot:
        return judge(Gathered(files=read(), boot=None), expectation, on_event)
    # Reading layers takes a processor: it waits until the boot's time is measured.
    reading = _Later(read)

    def watch(event: VerifyEvent) -> None:
        if isinstance(event, Ready | NotReady):
            reading.start()
        on_event(event)

    booted = boot(scope, reference, expectation, watch)
    return judge(Gathered(files=reading.result(), boot=booted), expectation, on_event)


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
        verdict = _run(check, facts, expected)
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
        case BootCheck():
            if facts.boot is None:
                return Skipped(reason=NOT_ASKED)
            return check.run(facts.boot, expected)
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
