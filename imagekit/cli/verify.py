"""`imagekit verify IMAGE`: verify any image, built by imagekit or not."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import click

from imagekit.cli.options import json_option, read_settings
from imagekit.cli.plain import dump
from imagekit.cli.report import image_line, plain_image
from imagekit.cli.verification import run_verification
from imagekit.engine.client import Engine
from imagekit.errors import ExitCode, VerificationFailed
from imagekit.ui import product
from imagekit.verify.expectation import expect_from_image


@click.command("verify")
@click.argument("image")
@click.option("--http", help="The path that answers 200 when the image is ready.")
@click.option("--log", help="The text in the output that says it is ready.")
@click.option("--port", type=int, help="The port it listens on.")
@click.option("--platform", help="Which image of a multi-platform index, as linux/amd64.")
@click.option("--env", "variables", multiple=True, metavar="NAME=VALUE", help="For the container.")
@click.option(
    "--project",
    default=".",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder whose imagekit.toml has the [verify] settings.",
)
@json_option
def command(
    image: str,
    *,
    http: str | None,
    log: str | None,
    port: int | None,
    platform: str | None,
    variables: tuple[str, ...],
    project: Path,
    as_json: bool,
) -> int:
    """Verify IMAGE: its config, its files and sizes, and how it boots and stops."""
    flags = {"verify.http": http, "verify.log": log, "port": port}
    settings = read_settings(project, {**flags, "verify.env": _environment(variables)})
    engine = Engine.connect(os.environ)
    report = run_verification(
        engine,
        image,
        lambda found: expect_from_image(found, settings),
        run_id=uuid.uuid4().hex[:12],
        quiet=as_json,
        platform=platform,
    )
    if as_json:
        document = {"image": plain_image(report.image), "verification": report.to_json()}
        product(dump(document))
        return ExitCode.FINE if report.passed else ExitCode.VERIFICATION
    product(image_line(report.image))
    if not report.passed:
        raise VerificationFailed(
            reference=image, image_id=report.image.digest, failed=report.failed
        )
    return ExitCode.FINE


def _environment(variables: tuple[str, ...]) -> dict[str, str] | None:
    if not variables:
        return None
    pairs = (text.partition("=") for text in variables)
    return {name: value for name, _, value in pairs}
