"""Options of a verification that `verify` and `build` share, and writing its reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from imagekit.errors import UnreadableConfiguration
from imagekit.ui import product
from imagekit.verify.model import VerificationReport
from imagekit.verify.report import FORMATS
from imagekit.verify.report.baseline import Baseline, read_baseline

Function = TypeVar("Function", bound=Callable[..., Any])

STDOUT: Final = "-"
_APPENDED: Final = frozenset({"github-summary"})
"""Other commands of the same step write to the same file."""

_OPTIONS = (
    click.option(
        "--quick", is_flag=True, help="Only config, files and one strict boot; no further boots."
    ),
    click.option("--timings", is_flag=True, help="Say where the time of the verification went."),
    click.option(
        "--report",
        "reports",
        multiple=True,
        metavar="FORMAT=FILE",
        help=f"Write a report, as often as wanted: {', '.join(FORMATS)}. `-` is stdout.",
    ),
    click.option(
        "--baseline",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A JSON report of before: Markdown then shows what has grown.",
    ),
)


def verify_options(function: Function) -> Function:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Which reports are wanted, and what they compare with."""

    wanted: tuple[tuple[str, str], ...]
    """Format and file."""
    baseline: Baseline | None

    @property
    def on_stdout(self) -> bool:
        """Whether one of them is the product."""
        return any(file == STDOUT for _, file in self.wanted)

    def write(self, report: VerificationReport) -> None:
        """Write all of them.

        Raises:
            click.FileError: a file cannot be written.
        """
        for kind, file in self.wanted:
            text = FORMATS[kind](report, self.baseline)
            if file == STDOUT:
                product(text)
                continue
            try:
                path = Path(file)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("a" if kind in _APPENDED else "w", encoding="utf-8") as opened:
                    opened.write(text)
            except OSError as err:
                raise click.FileError(file, err.strerror) from err


def read_reports(texts: tuple[str, ...], baseline: Path | None, *, as_json: bool) -> Reports:
    """Understand the flags before anything is built or booted.

    Raises:
        click.UsageError: a format there is not, no file, or two products on stdout.
        UnreadableConfiguration: the baseline is no report.
    """
    wanted = []
    for text in texts:
        kind, _, file = text.partition("=")
        if kind not in FORMATS or not file:
            message = f"--report {text}: it is FORMAT=FILE, with one of {', '.join(FORMATS)}."
            raise click.UsageError(message)
        wanted.append((kind, file))
    if [file for _, file in wanted].count(STDOUT) + as_json > 1:
        message = "One document fits on stdout: give the others a file with --report FORMAT=FILE."
        raise click.UsageError(message)
    return Reports(
        wanted=tuple(wanted), baseline=None if baseline is None else _read_baseline(baseline)
    )


def _read_baseline(file: Path) -> Baseline:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as err:
        problem = err.strerror or "it is no file"
        raise UnreadableConfiguration(file=str(file), problem=problem) from err
    return read_baseline(text, str(file))
