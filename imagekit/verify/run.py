"""`verify`: gathers the facts, runs every check, reports."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.engine.scope import RunScope
from imagekit.errors import EngineLost
from imagekit.image import Image
from imagekit.verify.behind import look_behind
from imagekit.verify.boot import limits
from imagekit.verify.check import (
    BootCheck,
    Check,
    ClusterCheck,
    ConfigCheck,
    Failed,
    FilesCheck,
    Passed,
    PreparationCheck,
    Skipped,
    StructureCheck,
    TrialCheck,
    Verdict,
)
from imagekit.verify.checks import CHECKS
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts
from imagekit.verify.files import read_contents, read_files
from imagekit.verify.gather import Gathered, Later, Subjects, gather
from imagekit.verify.model import (
    Checked,
    CheckResult,
    NotReady,
    Outcome,
    Ready,
    Variables,
    VerificationReport,
    VerifyEvent,
)
from imagekit.verify.secrets import scrub
from imagekit.verify.select import NOT_ASKED, NOT_TRIED, left_out, require_known
from imagekit.verify.started import with_started
from imagekit.verify.timing import Stopwatch


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
        expectation: what is expected; a function when that needs the image's config. Its
            layers are then read before the boot, unless one boot is all; else while it stops.
        scope: removes what the boots start.
        on_event: hears of the boots and of every result, on this thread.
        platform: which image of an index to read; the engine boots the one it can run.

    Raises:
        ImageNotFound: the engine does not have it.
        InvalidValue: a check is switched off that there is not, or `rpc` is asked of no release.
        EngineLost: the engine stopped answering before anything was known. When that happens
            later, the report has what was known by then, and why the rest is missing.
    """
    images = ImageStore(engine=engine)
    watch = Stopwatch()

    def read() -> FileFacts:
        with watch.part("files"):
            found = read_files(images, reference, platform)
            return with_started(found, images, reference, platform)

    # Reading layers takes a processor: it waits until the boot's time is measured, where it can.
    reading = Later(read)
    facts = Gathered(image=images.identify(reference))
    if callable(expectation):
        # The engine shows the config of the platform that it runs: another one's must be read.
        image = facts.image if platform is None else reading.result().image
        expected = look_behind(scope, reference, image, expectation(image))
        if not expected.quick:
            # An engine that goes away while it boots leaves what needs no boot.
            files = reading.result()
            facts = Gathered(image=files.image, files=files)
    else:
        expected = expectation
    require_known(expected.off, CHECKS)

    def heard(event: VerifyEvent) -> None:
        if isinstance(event, Ready | NotReady):
            reading.start()
        on_event(event)

    asked = Subjects(
        engine=engine,
        scope=scope,
        reference=reference,
        watch=watch,
        read=reading.result,
        contents=lambda wanted: read_contents(images, reference, platform, wanted),
    )
    known = expected, facts
    lost: EngineLost | None = None
    try:
        for each in gather(asked, *known, heard):
            known = each
    except EngineLost as err:
        lost = err
    expected, facts = known
    return replace(
        judge(facts, expected, on_event, lost=lost),
        engine=engine.info,
        limits=limits(expected) if expected.boot else None,
        variables=_variables(expected),
        timings=watch.timings(),
    )


def _variables(expected: Expectation) -> Variables | None:
    """Name what the release reads at boot, where its source told."""
    if expected.optional is None:
        return None
    return Variables(
        required=tuple(each.name for each in expected.required),
        optional=tuple(each.name for each in expected.optional),
    )


def judge(
    facts: Gathered,
    expected: Expectation,
    on_event: Callable[[VerifyEvent], None],
    *,
    lost: EngineLost | None = None,
    checks: tuple[Check, ...] = CHECKS,
    monotonic: Callable[[], float] = time.monotonic,
) -> VerificationReport:
    """Run the checks on the facts, in the order of the registry.

    Args:
        lost: why the engine gave no more of them, if so: what wants those is skipped.
    """
    results = []
    for check in checks:
        begun = monotonic()
        verdict = (
            _lost(check, facts, lost)
            or left_out(check, expected, facts.boot)
            or _run(check, facts, expected)
        )
        result = _result(check.id, verdict, monotonic() - begun, expected.hidden)
        on_event(Checked(result=result))
        results.append(result)
    return VerificationReport(
        image=facts.image, results=tuple(results), boot_wanted=expected.boot, lost=lost
    )


def _lost(check: Check, facts: Gathered, lost: EngineLost | None) -> Skipped | None:
    """Skip what wants facts that the engine did not give any more."""
    if lost is None:
        return None
    match check:
        case ConfigCheck() | FilesCheck():
            known = facts.files is not None
        case PreparationCheck():
            known = facts.boot is not None
        case BootCheck():
            known = facts.boot is not None
        case TrialCheck():
            known = check.id in facts.tried
        case ClusterCheck():
            known = facts.cluster is not None
        case StructureCheck():
            known = facts.structure is not None
        case _:
            assert_never(check)
    return None if known else Skipped(reason=f"not known: {lost.what}")


def _run(check: Check, facts: Gathered, expected: Expectation) -> Verdict:
    match check:
        case ConfigCheck():
            return check.run(facts.image, expected)
        case FilesCheck():
            if facts.files is None:
                return Skipped(reason="its files were not read")
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
            return check.run(tried, expected) if tried else Skipped(reason=NOT_TRIED)
        case ClusterCheck():
            if facts.cluster is None:
                return Skipped(reason=NOT_TRIED)
            if isinstance(facts.cluster, Skipped):
                return facts.cluster
            return check.run(facts.cluster, expected)
        case StructureCheck():
            if facts.structure is None:
                return Skipped(reason=NOT_TRIED)
            return check.run(facts.structure, expected)
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
