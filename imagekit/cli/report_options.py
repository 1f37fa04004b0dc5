"""Options of a verification that `verify` and `build` share, and writing its reports."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.errors import UnreadableConfiguration, UnwritableFile
from imagekit.ui import product, show_error
from imagekit.verify.model import VerificationReport
from imagekit.verify.report import FORMATS
from imagekit.verify.sizes import Baseline, baseline_of

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
        metavar="FILE|IMAGE",
        help="A JSON report of before, or the image itself: what has grown is shown, and held "
        "against `growth` of [verify.budget].",
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
    baseline_image: str | None = None
    """The image to compare with, as long as no engine was asked for it."""

    @property
    def on_stdout(self) -> bool:
        """Whether one of them is the product."""
        return any(file == STDOUT for _, file in self.wanted)

    def compared(self, engine: Engine) -> Reports:
        """Look at the image to compare with, if one was named.

        Raises:
            ImageNotFound: the engine does not have it.
        """
        if self.baseline_image is None:
            return self
        image = ImageStore(engine=engine).inspect(self.baseline_image)
        return replace(self, baseline=baseline_of(image), baseline_image=None)

    def write(self, report: VerificationReport) -> UnwritableFile | None:
        """Write all of them; show and give what could not be, once the others are written.

        Not raised: what the verification said decides first how the command ends.
        """
        problems: dict[str, str] = {}
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
                problems[file] = err.strerror or str(err)
        unwritten = _unwritable(problems)
        if unwritten is not None:
            show_error(unwritten, as_json=False)
        return unwritten


def read_reports(texts: tuple[str, ...], baseline: str | None, *, as_json: bool) -> Reports:
    """Understand the flags before anything is built or booted.

    Raises:
        click.UsageError: a format there is not, no file, or two products on stdout.
        UnreadableConfiguration: the baseline is no report.
        UnwritableFile: a file could not be written now. The attempt leaves nothing behind.
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
    files = dict.fromkeys(file for _, file in wanted if file != STDOUT)
    refused = _unwritable({file: problem for file in files if (problem := _refusal(Path(file)))})
    if refused is not None:
        raise refused
    if baseline is not None and not _is_file(baseline):
        return Reports(wanted=tuple(wanted), baseline=None, baseline_image=baseline)
    return Reports(
        wanted=tuple(wanted), baseline=None if baseline is None else _read_baseline(Path(baseline))
    )


def _refusal(file: Path) -> str | None:
    """Say why a file could not be written, if so, and leave the disk as it is."""
    try:
        if file.is_file():
            # To append nothing changes nothing, not even its time.
            file.open("ab").close()
        elif file.is_dir():
            return os.strerror(errno.EISDIR)
        elif not file.exists():
            there = next(folder for folder in file.parents if folder.exists())
            tempfile.TemporaryFile(dir=there).close()
    except OSError as err:
        return err.strerror or str(err)
    return None


def _unwritable(problems: Mapping[str, str]) -> UnwritableFile | None:
    """Make one error of what was wrong with each file."""
    match [*problems.items()]:
        case []:
            return None
        case [(file, problem)]:
            return UnwritableFile(file=file, problem=problem)
        case several:
            found = "\n".join(f"{file}: {problem}" for file, problem in several)
            return UnwritableFile(file=", ".join(problems), problem=found)


def _is_file(baseline: str) -> bool:
    return baseline.endswith(".json") or Path(baseline).is_file()


def _read_baseline(file: Path) -> Baseline:
    from imagekit.verify.report.baseline import read_baseline  # noqa: PLC0415 - the schema's models

    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as err:
        problem = err.strerror or "it is no file"
        raise UnreadableConfiguration(file=str(file), problem=problem) from err
    return read_baseline(text, str(file))
