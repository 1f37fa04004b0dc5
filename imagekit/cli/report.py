"""How images and verification reports look, in JSON and on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rich.text import Text

from imagekit.image import Image
from imagekit.ui import size
from imagekit.verify.model import CheckResult, Outcome, VerificationReport

_STYLES: Final = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "yellow"}


def plain_image(image: Image) -> dict[str, Any]:
    """Give the `image` object of the JSON documents."""
    return {
        "reference": image.reference,
        "digest": image.digest,
        "platform": image.platform,
        "unpacked_bytes": image.unpacked_bytes,
        "compressed_bytes": image.compressed_bytes,
    }


def plain_layers(image: Image) -> list[dict[str, Any]]:
    """Give the `layers` array of the JSON documents."""
    return [
        {
            "group": layer.group.value,
            "digest": layer.digest,
            "diff_id": layer.diff_id,
            "unpacked_bytes": layer.unpacked_bytes,
            "compressed_bytes": layer.compressed_bytes,
        }
        for layer in image.layers
    ]


def report_lines(report: VerificationReport) -> Iterator[Text]:
    """Give the report as lines for a terminal; every check has one, skipped ones too."""
    for result in report.results:
        yield from _check_lines(result)


def _check_lines(result: CheckResult) -> Iterator[Text]:
    outcome = Text(f"{result.outcome.value:<8}", style=_STYLES[result.outcome])
    # The problems say all that `detail` sums up in one line.
    lines = [line for each in result.problems for line in each.splitlines()] or [result.detail]
    yield Text.assemble("  ", outcome, f"{result.id:<20} {lines[0]}")
    for line in lines[1:]:
        yield Text(f"  {'':<8}{'':<20} {line}")


def image_line(image: Image) -> str:
    """Give one line with the sizes of an image."""
    return (
        f"{image.reference}  {size(image.compressed_bytes)} compressed, "
        f"{size(image.unpacked_bytes)} unpacked, {len(image.layers)} layers"
    )
