"""`imagekit build`: build the image, verify it, and only then give it its tag."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from imagekit.build.memory import look, memory_of, remember
from imagekit.build.run import BuildOptions, build
from imagekit.build.secrets import network_access
from imagekit.cli.build_options import build_options, read_build_options
from imagekit.cli.options import Opened, json_option, open_project, path_argument, plan_options
from imagekit.cli.plain import dump
from imagekit.cli.progress import progress
from imagekit.cli.report import image_line, plain_image, plain_layers
from imagekit.cli.verification import run_verification
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.errors import ExitCode, VerificationFailed
from imagekit.image import Image
from imagekit.refs import Reference
from imagekit.ui import product, say
from imagekit.verify.expectation import expect_from_plan
from imagekit.verify.model import VerificationReport


@click.command("build")
@path_argument
@plan_options
@build_options
@click.option("-t", "--tag", help="Name of the image; RELEASE:dev when not given.")
@click.option("--no-verify", is_flag=True, help="Build and tag without verifying.")
@click.option("--push", is_flag=True, help="Push the image once it is verified.")
@json_option
def command(
    path: Path,
    *,
    recipe: str | None,
    toolchain: str | None,
    release: str | None,
    tag: str | None,
    no_verify: bool,
    push: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Build the image of the project in PATH, verify it, and give it its tag.

    The tag is set, and the image pushed, only when no check failed.
    """
    opened = open_project(
        path,
        recipe=recipe,
        toolchain=toolchain,
        release=release,
        **{"build.network": flags.pop("network")},
    )
    reference = str(Reference.parse(tag or f"{opened.plan.name}:dev"))
    options = read_build_options(flags, opened.settings.values.build.network)
    access = network_access(opened.settings, opened.root)
    engine = Engine.connect(os.environ)
    # Before the build: a file that is saved meanwhile counts as changed since.
    seen = look(opened.root, opened.plan, opened.project)
    run_id = uuid.uuid4().hex[:12]
    if not as_json:
        _announce(opened)
    with progress("quiet" if as_json and flags["progress"] == "auto" else flags["progress"]) as p:
        result = build(
            engine,
            opened.plan,
            opened.root,
            access,
            options,
            p.on_event,
        )
    remember(memory_of(opened.root, opened.plan.release.value, os.environ), seen)
    built = Built(result=result, reference=reference, options=options, run_id=run_id)
    return _finish(engine, opened, built, verified=not no_verify, push=push, as_json=as_json)


@dataclass(frozen=True, kw_only=True)
class Built:
    """An image that was built and has no tag yet."""

    result: BuildResult
    reference: str
    options: BuildOptions
    run_id: str


def _announce(opened: Opened) -> None:
    plan = opened.plan
    versions = ", ".join(f"{name} {each.value}" for name, each in plan.versions.items())
    say(f"{plan.name}: recipe {plan.recipe.value}, {versions}")
    for note in plan.notes:
        say(f"  note: {note}")


def _finish(
    engine: Engine, opened: Opened, built: Built, *, verified: bool, push: bool, as_json: bool
) -> int:
    """Verify, tag, push and report."""
    store = ImageStore(engine=engine)
    image_id = built.result.image_id
    if image_id is None or built.options.target is not None:
        # A stage before the last is no image to run: it keeps the builder's cache warm.
        return ExitCode.FINE
    report = None
    if verified:
        report = run_verification(
            engine,
            image_id,
            expect_from_plan(opened.plan, opened.settings),
            run_id=built.run_id,
            quiet=as_json,
        )
    good = report is None or report.passed
    if good:
        store.tag(image_id, built.reference)
        if push:
            store.push(built.reference)
    image = report.image if report is not None else store.inspect(image_id)
    image = replace(image, reference=built.reference if good else image_id)
    if as_json:
        product(dump(_document(image, built.result, report)))
    elif good:
        product(image_line(image))
    if report is not None and not good:
        if as_json:
            return ExitCode.VERIFICATION
        raise VerificationFailed(reference=built.reference, image_id=image_id, failed=report.failed)
    return ExitCode.FINE


def _document(
    image: Image, result: BuildResult, report: VerificationReport | None
) -> dict[str, Any]:
    """Give the JSON document; without a verification none is claimed."""
    return {
        "image": plain_image(image),
        "layers": plain_layers(image),
        "stages": [
            {"name": each.name, "cached": each.cached, "seconds": round(each.seconds, 3)}
            for each in result.stages
        ],
        "verification": report.to_json() if report is not None else None,
    }
