"""How images and verification reports look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap
from typing import Final

from rich.text import Text

from imagekit.image import Image
from imagekit.ui import size
from imagekit.verify.model import CheckResult, Outcome, VerificationReport

_MANY: Final = 3
_WIDTH: Final = 80
_STYLES: Final = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "yellow"}


def report_lines(report: VerificationReport) -> Iterator[Text]:
    """Give the report as lines for a terminal; every check is named, skipped ones too.

    Checks in a row that were skipped for one reason have it said once.
    """
    for reason, group in groupby(report.results, key=_skipped_for):
        results = tuple(group)
        if reason is not None and len(results) >= _MANY:
            yield from _skipped_lines(reason, [each.id for each in results])
        else:
            for result in results:
                yield from _check_lines(result)


def _skipped_for(result: CheckResult) -> str | None:
    return result.detail if result.outcome is Outcome.SKIPPED else None


def _skipped_lines(reason: str, names: list[str]) -> Iterator[Text]:
    outcome = Text(f"{Outcome.SKIPPED.value:<8}", style=_STYLES[Outcome.SKIPPED])
    yield Text.assemble("  ", outcome, f"{f'{len(names)} checks':<20} {reason}")
    for line in wrap(", ".join(names), _WIDTH, break_on_hyphens=False):
        yield Text(f"  {'':<8}{'':<20} {line}", style="dim")


def _check_lines(result: CheckResult) -> Iterator[Text]:
    outcome = Text(f"{result.outcome.value:<8}", style=_STYLES[result.outcome])
    # The problems say all that `detail` sums up in one line.
    lines = [line for each in result.problems for line in each.splitlines()] or [result.detail]
    yield Text.assemble("  ", outcome, f"{result.id:<20} {lines[0]}")
    for line in lines[1:]:
        yield Text(f"  {'':<8}{'':<20} {line}")


def timing_lines(report: VerificationReport) -> Iterator[Text]:
    """Give where the time went; parts that overlap ran side by side."""
    yield Text(f"  {'from':>8}  {'to':>8}  {'took':>8}  part", style="dim")
    for each in report.timings:
        span = f"{each.begun:6.1f} s  {each.begun + each.seconds:6.1f} s"
        yield Text(f"  {span}  {each.seconds:6.1f} s  {each.part}", style="dim")


def image_line(image: Image) -> str:
    """Give one line with the sizes of an image."""
    return (
        f"{image.reference}  {size(image.compressed_bytes)} compressed, "
        f"{size(image.unpacked_bytes)} unpacked, {len(image.layers)} layers"
    )
