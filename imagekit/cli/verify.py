"""`imagekit verify IMAGE`: verify any image, built by imagekit or not."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from imagekit.cli.options import json_option, read_settings
from imagekit.cli.plain import dump
from imagekit.cli.report import image_line
from imagekit.cli.report_options import read_reports, verify_options
from imagekit.cli.structure_tests import structure_files
from imagekit.cli.verification import end_lost, run_verification
from imagekit.engine.client import Engine
from imagekit.errors import ExitCode, VerificationFailed
from imagekit.project.model import Project
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.refs import Reference
from imagekit.settings.load import FILE_NAME
from imagekit.ui import product, say
from imagekit.verify.expectation import expect_from_image
from imagekit.verify.report.json_document import document


@click.command("verify")
@click.argument("image")
@click.option("--http", help="The path that answers 200 when the image is ready.")
@click.option("--log", help="The text in the output that says it is ready.")
@click.option("--log-regex", help="Or the regular expression that a line of it matches.")
@click.option("--rpc", help="Or the expression that the release's rpc evaluates to a true value.")
@click.option("--status", type=int, multiple=True, help="The status of a ready path; repeat it.")
@click.option("--header", "headers", multiple=True, metavar="NAME:TEXT", help="And a header of it.")
@click.option("--body", help="And a text in its body.")
@click.option("--port", type=int, help="The port it listens on.")
@click.option("--platform", help="Which image of a multi-platform index, as linux/amd64.")
@click.option("--writable", multiple=True, metavar="PATH", help="A writable folder, beside /tmp.")
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="For the container; without a value, that of this environment.",
)
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of its source: the settings of its imagekit.toml, and, where there is a mix.exs, "
    "the variables that it reads at boot. Without it, only the imagekit.toml of this folder.",
)
@click.option(
    "--structure-test",
    "structure_tests",
    multiple=True,
    metavar="FILE",
    help="Hold it to a container-structure-test file too (schema 2.0.0), as often as wanted.",
)
@verify_options
@json_option
def command(
    image: str,
    *,
    http: str | None,
    log: str | None,
    log_regex: str | None,
    rpc: str | None,
    status: tuple[int, ...],
    headers: tuple[str, ...],
    body: str | None,
    port: int | None,
    platform: str | None,
    writable: tuple[str, ...],
    variables: tuple[str, ...],
    project: Path | None,
    structure_tests: tuple[str, ...],
    quick: bool,
    timings: bool,
    reports: tuple[str, ...],
    baseline: str | None,
    as_json: bool,
) -> int:
    """Verify IMAGE: its config, its files and sizes, and how it boots and stops."""
    flags = {
        "verify.http": http,
        "verify.log": log,
        "verify.log_regex": log_regex,
        "verify.rpc": rpc,
        "verify.answer.status": status or None,
        "verify.answer.headers": _headers(headers),
        "verify.answer.body": body,
        "verify.structure_tests": structure_tests or None,
        "port": port,
        "verify.writable": writable or None,
        "verify.env": _variables(variables, os.environ),
    }
    Reference.parse(image)  # refuses what no engine takes
    folder = project or Path()
    settings = read_settings(folder, flags)
    structure = structure_files(settings, folder)
    # Only where it is said to be this image's: the folder one stands in may be another app's.
    source = _source(project)
    wanted = read_reports(reports, baseline, as_json=as_json)
    if not as_json and project is None:
        if (folder / FILE_NAME).is_file():
            say(f"as {FILE_NAME} of this folder asks")
        else:
            only = "only what the image itself tells is expected (--project FOLDER)"
            say(f"no {FILE_NAME} here: {only}")
    engine = Engine.connect(os.environ)
    wanted = wanted.compared(engine)
    report = run_verification(
        engine,
        image,
        lambda found: replace(
            expect_from_image(found, settings, project=source),
            quick=quick,
            baseline=wanted.baseline,
            structure=structure,
        ),
        run_id=uuid.uuid4().hex[:12],
        quiet=as_json,
        timings=timings,
        platform=platform,
    )
    unwritten = wanted.write(report)
    if as_json:
        product(dump(document(report)))
    if report.lost is not None:
        return end_lost(report.lost)
    fine = ExitCode.FINE if unwritten is None else unwritten.exit_code
    if as_json:
        return fine if report.passed else ExitCode.VERIFICATION
    if not wanted.on_stdout:
        product(image_line(report.image))
    if not report.passed:
        raise VerificationFailed(
            reference=image, image_id=report.image.digest, failed=report.failed
        )
    return fine


def _source(folder: Path | None) -> Project | None:
    if folder is None or not (folder / "mix.exs").is_file():
        return None
    return read_project(SourceTree.read(folder))


def _variables(texts: tuple[str, ...], environment: Mapping[str, str]) -> dict[str, str] | None:
    """Read `NAME=VALUE`, and `NAME` as `docker run` does: its value is this environment's.

    Raises:
        click.UsageError: there is no name, or no such variable here.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, given, value = text.partition("=")
        if not name:
            message = f"--env {text}: it is NAME=VALUE, or NAME of a variable that is set here."
            raise click.UsageError(message)
        if not given and name not in environment:
            message = f"--env {name}: {name} is not set here. An empty value is `--env {name}=`."
            raise click.UsageError(message)
        found[name] = value if given else environment[name]
    return found or None


def _headers(texts: tuple[str, ...]) -> dict[str, str] | None:
    """Read `NAME:TEXT`.

    Raises:
        click.UsageError: it is not that.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise click.UsageError(f"--header {text}: it is NAME:TEXT.")
        found[name.strip()] = value.strip()
    return found or None
