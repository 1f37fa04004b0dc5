"""`imagekit lint`: findings in a project, a Dockerfile, a compose file or a manifest."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from imagekit.cli.linting import BUILDKIT, HADOLINT, Linting
from imagekit.errors import (
    ExitCode,
    LintFailed,
    UnwritableFile,
)
from imagekit.lint import baseline
from imagekit.lint.files import name_of
from imagekit.lint.kinds import KINDS, Kind
from imagekit.lint.model import Severity
from imagekit.lint.outcome import Report
from imagekit.lint.report import FORMATS, terminal
from imagekit.ui import product, show_error, talk

# What opens a project, and the settings' schema, are imported where they are needed: a Dockerfile
# alone is linted in a fraction of a second.


@click.command("lint")
@click.argument(
    "paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path, exists=True)
)
@click.option("--kind", type=click.Choice(KINDS), help="What the files are, else their names tell.")
@click.option(
    "--format", "form", type=click.Choice(tuple(FORMATS)), default="terminal", show_default=True
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="File instead of stdout."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=FILE",
    help="One more report, into a file; may be given several times.",
)
@click.option("--fix", is_flag=True, help="Correct what is mechanical and safe.")
@click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Severity]),
    help="The lowest severity that ends with exit code 4; else imagekit.toml says, else `error`.",
)
@click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Findings that are known, and not reported.",
)
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is found now as known, and end well.",
)
@click.option("--no-hadolint", is_flag=True, help="Without hadolint's findings.")
@click.option("--no-buildkit", is_flag=True, help="Without BuildKit's own checks.")
@click.option("--release", help="Which release's Dockerfile, when there are several.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(
    *,
    paths: tuple[Path, ...],
    kind: Kind | None,
    form: str,
    output: Path | None,
    reports: tuple[str, ...],
    fix: bool,
    fail_on: str | None,
    baseline_file: Path | None,
    write_baseline: Path | None,
    no_hadolint: bool,
    no_buildkit: bool,
    release: str | None,
    as_json: bool,
) -> int:
    """Lint projects, Dockerfiles, compose files and Kubernetes manifests.

    Of a project: its Dockerfile, the composed one where it has none of its own, imagekit.toml, mix
    files, and the compose files and manifests beside them. Of another folder: what is in it.
    `imagekit explain IK101` says what a rule wants, and why.
    """
    if as_json and form not in ("terminal", "json"):
        message = "--json and --format exclude each other."
        raise click.UsageError(message)
    wanted = _wanted(reports)
    level = Severity(fail_on) if fail_on is not None else None
    lint = Linting(paths or (Path(),), kind, release, level, baseline_file)
    with _without_collector():
        notes = _fix(lint, quiet=as_json) if fix else ()
        switched = {HADOLINT: no_hadolint, BUILDKIT: no_buildkit}
        others = [name for name, is_off in switched.items() if not is_off]
        report = lint.report(others, notes=notes)
    if write_baseline is not None:
        _write(write_baseline, baseline.dump(report, name_of(write_baseline)))
        report = replace(report, failing=())
    for name, file in wanted:
        _write(file, FORMATS[name](report))
    _show(report, "json" if as_json else form, output)
    if report.unreadable:
        for err in () if as_json else report.unreadable:
            show_error(err, as_json=False)
        return report.unreadable[0].exit_code
    if report.failing and not as_json:
        raise _failed(report)
    return ExitCode.FINDINGS if report.failing else ExitCode.FINE


@contextmanager
def _without_collector() -> Iterator[None]:
    """Hold the garbage collector: a run keeps nearly all it makes, and looking costs a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _wanted(reports: tuple[str, ...]) -> list[tuple[str, Path]]:
    found = []
    for each in reports:
        name, equals, file = each.partition("=")
        if name not in FORMATS or not equals or not file:
            message = f"--report is FORMAT=FILE, the format one of {', '.join(FORMATS)}."
            raise click.UsageError(message)
        found.append((name, Path(file)))
    return found


def _fix(lint: Linting, *, quiet: bool) -> tuple[str, ...]:
    """Apply fixes to the files, say to which, and give notes."""
    from imagekit.lint.fix import fix_files  # noqa: PLC0415

    paths = lint.collect().paths
    done = fix_files(lint.report, paths, lint.kind)
    for name in () if quiet else done.files:
        talk().print(f"fixed {name}", markup=False)
    return done.notes


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", errors="replace")
    except OSError as err:
        problem = err.strerror or "it cannot be written"
        raise UnwritableFile(file=name_of(file), problem=problem) from err


def _show(report: Report, form: str, output: Path | None) -> None:
    if output is not None:
        _write(output, FORMATS[form](report))
    elif form == "terminal":
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        product(terminal.render(report, colour=colour))
    elif text := FORMATS[form](report):
        product(text)


def _failed(report: Report) -> LintFailed:
    counts = Counter(each.rule for each in report.failing)
    return LintFailed(
        findings=len(report.failing),
        files=len({each.file for each in report.failing}),
        level=max((each.severity for each in report.failing), key=lambda level: level.rank).value,
        rules=tuple(sorted(counts, key=lambda rule: (-counts[rule], rule))),
    )
