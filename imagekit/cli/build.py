"""`imagekit build`: build the images, verify them, and only then give them their tags."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from imagekit.build.epoch import VARIABLE, source_date_epoch
from imagekit.build.releases import OneRelease, build_releases
from imagekit.build.reproducible import Difference, differences
from imagekit.build.run import BuildOptions
from imagekit.build.secrets import network_access
from imagekit.cli.build_options import build_options, read_build_options
from imagekit.cli.build_report import announce, build_document, say_bases, say_reproducible
from imagekit.cli.options import (
    Opened,
    json_option,
    locked_option,
    open_project,
    open_releases,
    path_argument,
    plan_options_of_any_release,
)
from imagekit.cli.plain import dump
from imagekit.cli.progress import Style, progress
from imagekit.cli.report import image_line
from imagekit.cli.verification import run_verification
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.errors import ExitCode, ImageNotReproducible, VerificationFailed
from imagekit.image import Image
from imagekit.refs import Reference
from imagekit.ui import product
from imagekit.verify.expectation import expect_from_plan
from imagekit.verify.model import VerificationReport

RELEASE: Final = "{release}"
"""What stands for the release's name in `--tag`."""


@click.command("build")
@path_argument
@plan_options_of_any_release
@click.option("--release", "releases", multiple=True, help="Which release; may be repeated.")
@click.option("--all-releases", is_flag=True, help="Every release: one image each.")
@locked_option
@build_options
@click.option("-t", "--tag", help="Name of the image, {release} in it; {release}:dev by default.")
@click.option("--no-verify", is_flag=True, help="Build and tag without verifying.")
@click.option("--check-reproducible", is_flag=True, help="Build twice, uncached, and compare.")
@click.option("--push", is_flag=True, help="Push the image once it is verified.")
@json_option
def command(
    path: Path,
    *,
    releases: tuple[str, ...],
    all_releases: bool,
    tag: str | None,
    no_verify: bool,
    check_reproducible: bool,
    push: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Build the image of the project in PATH, verify it, and give it its tag.

    The tag is set, and the image pushed, only when no check failed. Several releases share the
    stages that are the same for all, and are tagged when all of them are good.
    """
    if all_releases and releases:
        message = "--all-releases and --release exclude each other."
        raise click.UsageError(message)
    if check_reproducible and flags["target"]:
        message = "--check-reproducible compares whole images; --target builds none."
        raise click.UsageError(message)
    several = all_releases or len(set(releases)) > 1
    decided = {
        "locked": flags.pop("locked"),
        "recipe": flags.pop("recipe"),
        "toolchain": flags.pop("toolchain"),
        "build.network": flags.pop("network"),
    }
    opened = (
        open_releases(path, releases, **decided)
        if several
        else (open_project(path, release=next(iter(releases), None), **decided),)
    )
    references = _references(tag, opened)
    options = read_build_options(flags, opened[0].settings.values.build.network)
    wanted = tuple(
        OneRelease(plan=each.plan, access=network_access(each.settings, each.root))
        for each in opened
    )
    engine = Engine.connect(os.environ)
    options = _at_its_time(engine, opened[0].root, options)
    if check_reproducible:
        options = replace(options, no_cache=True)
    if not as_json:
        for each in opened:
            announce(each.plan)
    mode: Style = "quiet" if as_json and flags["progress"] == "auto" else flags["progress"]
    compared: tuple[tuple[Difference, ...], ...] | None = None
    with progress(mode) as shown:
        first = build_releases(engine, wanted, path, options, shown.on_event)
    if check_reproducible:
        with progress(mode) as shown:
            once_more = replace(options, cache_to=())
            second = build_releases(engine, wanted, path, once_more, shown.on_event)
        compared = tuple(_compare(engine, opened, first, second))
    if options.target is not None:
        # A stage before the last is no image to run: it keeps the builder's cache warm.
        return ExitCode.FINE
    run = _Run(engine=engine, verified=not no_verify, push=push, as_json=as_json, several=several)
    found = compared or ((),) * len(first)
    built = tuple(
        Built(
            opened=project,
            reference=reference,
            result=result,
            image_id=result.image_id or "",
            differences=None if compared is None else differing,
        )
        for project, reference, result, differing in zip(
            opened, references, first, found, strict=True
        )
    )
    return run.finish(built)


@dataclass(frozen=True, kw_only=True)
class Built:
    """An image that was built and has no tag yet."""

    opened: Opened
    reference: str
    result: BuildResult
    image_id: str
    differences: tuple[Difference, ...] | None
    """What a second build gave otherwise; `None` when there was none."""

    @property
    def repeatable(self) -> bool:
        """Whether no second build gave another image."""
        return not self.differences


def _references(tag: str | None, opened: tuple[Opened, ...]) -> tuple[str, ...]:
    template = f"{RELEASE}:dev" if tag is None else tag
    if len(opened) > 1 and RELEASE not in template:
        message = f"--tag {template}: several releases need {RELEASE} in it, one name each."
        raise click.UsageError(message)
    return tuple(str(Reference.parse(template.replace(RELEASE, each.plan.name))) for each in opened)


def _at_its_time(engine: Engine, root: Path, options: BuildOptions) -> BuildOptions:
    epoch = source_date_epoch(engine.processes, os.environ, root)
    return replace(
        options,
        source_date_epoch=epoch.value,
        # Only whoever sets the variable asks for it.
        rewrite_timestamps=epoch.source == VARIABLE,
    )


def _compare(
    engine: Engine,
    opened: tuple[Opened, ...],
    first: tuple[BuildResult, ...],
    second: tuple[BuildResult, ...],
) -> Iterator[tuple[Difference, ...]]:
    """Give what differs in each image; the second is gone afterwards."""
    store = ImageStore(engine=engine)
    for each, one, other in zip(opened, first, second, strict=True):
        if one.image_id is None or other.image_id is None or one.image_id == other.image_id:
            yield ()
            continue
        before, after = store.fingerprints(one.image_id), store.fingerprints(other.image_id)
        store.discard(other.image_id)
        yield differences(before, after, each.project, each.plan.contract.root)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What is done with the images, once they are there."""

    engine: Engine
    verified: bool
    push: bool
    as_json: bool
    several: bool
    """Whether the document has `images`, however many there are."""

    def finish(self, built: tuple[Built, ...]) -> int:
        """Verify, tag, push and report."""
        if not self.as_json:
            for each in built:
                say_bases(each.result, each.opened.plan)
                if each.differences is not None:
                    say_reproducible(each.result, each.differences)
        reports = [self._verify(each) for each in built]
        good = all(report is None or report.passed for report in reports) and all(
            each.repeatable for each in built
        )
        if good:
            self._tag(built)
        documents = []
        for each, report in zip(built, reports, strict=True):
            image = self._image(each, report, good=good)
            documents.append(
                build_document(
                    image, each.result, report, plan=each.opened.plan, compared=each.differences
                )
            )
            if good and not self.as_json:
                product(image_line(image))
        if self.as_json:
            product(dump({"images": documents} if self.several else documents[0]))
            return ExitCode.FINE if good else ExitCode.VERIFICATION
        self._refuse(built, reports)
        return ExitCode.FINE

    def _verify(self, built: Built) -> VerificationReport | None:
        if not self.verified or not built.repeatable:
            return None
        return run_verification(
            self.engine,
            built.image_id,
            expect_from_plan(built.opened.plan, built.opened.settings),
            run_id=uuid.uuid4().hex[:12],
            quiet=self.as_json,
        )

    def _tag(self, built: tuple[Built, ...]) -> None:
        store = ImageStore(engine=self.engine)
        for each in built:
            store.tag(each.image_id, each.reference)
        if self.push:
            for each in built:
                store.push(each.reference)

    def _image(self, built: Built, report: VerificationReport | None, *, good: bool) -> Image:
        store = ImageStore(engine=self.engine)
        image = report.image if report is not None else store.inspect(built.image_id)
        return replace(image, reference=built.reference if good else built.image_id)

    def _refuse(self, built: tuple[Built, ...], reports: list[VerificationReport | None]) -> None:
        """Raise for the first image that is not good; what was wrong with each is shown above."""
        for each, report in zip(built, reports, strict=True):
            if each.differences:
                raise ImageNotReproducible(
                    release=each.opened.plan.name, differences=tuple(map(str, each.differences))
                )
            if report is not None and not report.passed:
                raise VerificationFailed(
                    reference=each.reference, image_id=each.image_id, failed=report.failed
                )
