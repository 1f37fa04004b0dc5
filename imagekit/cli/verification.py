"""Running a verification and showing it: shared by `build` and `verify`."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from imagekit.cli.report import report_lines, timing_lines
from imagekit.engine.client import Engine
from imagekit.engine.scope import RunScope
from imagekit.image import Image
from imagekit.ui import say
from imagekit.verify.expectation import Expectation
from imagekit.verify.model import Booting, Preparing, Trying, VerificationReport, VerifyEvent
from imagekit.verify.run import verify


def run_verification(
    engine: Engine,
    reference: str,
    expectation: Expectation | Callable[[Image], Expectation],
    *,
    run_id: str,
    quiet: bool,
    timings: bool = False,
    platform: str | None = None,
) -> VerificationReport:
    """Verify an image, show what happens unless asked to be quiet, and leave nothing running.

    Raises:
        ImageNotFound: the engine does not have it.
        EngineLost: the engine went away.
    """

    def show(event: VerifyEvent) -> None:
        if not quiet and isinstance(event, Preparing):
            say(Text(f"  before the boot: {', '.join(event.what)}", style="dim"))
        if not quiet and isinstance(event, Booting):
            say(Text(f"  booting, until {event.awaited}", style="dim"))
        if not quiet and isinstance(event, Trying):
            say(Text(f"  booting again, {len(event.names)} times", style="dim"))

    with RunScope(engine=engine, run_id=run_id) as scope:
        report = verify(engine, reference, expectation, scope, show, platform=platform)
    if not quiet:
        for line in report_lines(report):
            say(line)
    if timings:
        for line in timing_lines(report):
            say(line)
    return report
