"""Running a verification and showing it: shared by `build` and `verify`."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from imagekit.cli.report import report_lines, timing_lines
from imagekit.engine.client import Engine
from imagekit.engine.scope import RunScope
from imagekit.errors import EngineLost
from imagekit.image import Image
from imagekit.ui import say, show_error
from imagekit.verify.expectation import Expectation
from imagekit.verify.model import (
    Booting,
    Clustering,
    Preparing,
    Trying,
    VerificationReport,
    VerifyEvent,
)
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
        EngineLost: the engine went away before anything was known; later, the report says so
            (`lost`), and whoever has written it ends with `end_lost`.
    """

    def show(event: VerifyEvent) -> None:
        if not quiet and isinstance(event, Preparing):
            say(Text(f"  before the boot: {', '.join(event.what)}", style="dim"))
        if not quiet and isinstance(event, Booting):
            say(Text(f"  booting, until {event.awaited}", style="dim"))
        if not quiet and isinstance(event, Clustering):
            say(Text(f"  booting {event.replicas} replicas", style="dim"))
        if not quiet and isinstance(event, Trying):
            say(Text(f"  booting again, {len(event.names)} times", style="dim"))

    report: VerificationReport | None = None
    try:
        with RunScope(engine=engine, run_id=run_id) as scope:
            report = verify(engine, reference, expectation, scope, show, platform=platform)
    except EngineLost:
        # An engine that is gone cannot remove either; the next run does.
        if report is None or report.lost is None:
            raise
    if not quiet:
        for line in report_lines(report):
            say(line)
    if timings:
        for line in timing_lines(report):
            say(line)
    return report


def end_lost(lost: EngineLost) -> int:
    """Show why a report is partial, and give the exit code.

    Not raised: with --json the report is on stdout by now, and an error would be a second document.
    """
    show_error(lost, as_json=False)
    return lost.exit_code
