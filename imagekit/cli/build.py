"""`imagekit build`: build the images, verify them, and only then give them their tags."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from imagekit.build.cache import SharedCache
from imagekit.build.epoch import NO_COMMIT, VARIABLE, source_date_epoch
from imagekit.build.memory import look, memory_of, remember
from imagekit.build.releases import build_releases, discard
from imagekit.build.reproducible import Difference, differences
from imagekit.build.run import BuildOptions
from imagekit.build.secrets import network_access
from imagekit.cli.build_cache import shared, with_seeds
from imagekit.cli.build_finish import Built, Finish, Verifying
from imagekit.cli.build_options import build_options, read_build_options
from imagekit.cli.build_report import announce, stages_document
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
from imagekit.cli.report_options import read_reports, verify_options
from imagekit.cli.structure_tests import structure_files
from imagekit.engine.builder import asking
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.events import BuildEvent
from imagekit.engine.images import ImageStore
from imagekit.engine.process import HostProcesses
from imagekit.errors import ExitCode
from imagekit.plan.model import Plan
from imagekit.refs import Reference
from imagekit.ui import product, say

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
@verify_options
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
    quick: bool,
    timings: bool,
    reports: tuple[str, ...],
    baseline: str | None,
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
    check = Verifying(
        quick=quick, timings=timings, reports=read_reports(reports, baseline, as_json=as_json)
    )
    if (check.reports.wanted or baseline) and (no_verify or several):
        message = "--report and --baseline are of one release, and of a verified one."
        raise click.UsageError(message)
    decided = {
        "locked": flags.pop("locked"),
        "recipe": flags.pop("recipe"),
        "toolchain": flags.pop("toolchain"),
        "build.network": flags.pop("network"),
        "cache.reference": flags.pop("cache"),
    }
    opened = (
        open_releases(path, releases, **decided)
        if several
        else (open_project(path, release=next(iter(releases), None), **decided),)
    )
    references = _references(tag, opened)
    options = read_build_options(flags, opened[0].settings.values.build.network)
    access = tuple(network_access(each.settings, each.root) for each in opened)
    # buildx answers while the engine's client is imported and the tree is read.
    with asking(HostProcesses(), os.environ, options.builder) as builder:
        engine = Engine.connect(os.environ)
        check = replace(
            check,
            reports=check.reports.compared(engine),
            structure=structure_files(opened[0].settings, opened[0].root),
        )
        # Before the build: a file that is saved meanwhile counts as changed since.
        seen = [look(each.root, each.plan, each.project) for each in opened]
        options = _at_its_time(engine, opened[0].root, _storable(engine, options), quiet=as_json)
        options = replace(options, told=builder(), no_cache=options.no_cache or check_reproducible)
    if not as_json:
        for each in opened:
            announce(each.plan)
    wanted, seeding = shared(engine, opened, access, options, quiet=as_json)
    mode: Style = "quiet" if as_json and flags["progress"] == "auto" else flags["progress"]

    @contextmanager
    def showing(plan: Plan) -> Iterator[Callable[[BuildEvent], None]]:
        if len(wanted) > 1 and mode != "quiet":
            say(plan.name)
        with progress(mode) as shown:
            yield shown.on_event

    first, seeded = with_seeds(
        seeding,
        lambda given: build_releases(engine, wanted, path, given, showing),
        quiet=as_json,
    )
    for each, saw in zip(opened, seen, strict=True):
        remember(memory_of(each.root, each.plan.release.value, os.environ), saw)
    compared: tuple[tuple[Difference, ...], ...] | None = None
    if check_reproducible:
        try:
            alone = tuple(replace(each, cache=SharedCache()) for each in wanted)
            second = build_releases(engine, alone, path, replace(options, cache_to=()), showing)
            compared = tuple(_compare(engine, opened, first, second))
        except BaseException:
            discard(engine, first)
            raise
    if options.target is not None:
        # A stage before the last is no image to run: it keeps the builder's cache warm.
        discard(engine, first)
        if as_json:
            product(dump(stages_document(first)))
        return ExitCode.FINE
    finish = Finish(
        engine=engine,
        check=None if no_verify else check,
        push=push,
        as_json=as_json,
        several=several,
        seeded=seeded,
    )
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
    return finish.finish(built)


def _references(tag: str | None, opened: tuple[Opened, ...]) -> tuple[str, ...]:
    template = f"{RELEASE}:dev" if tag is None else tag
    if len(opened) > 1 and RELEASE not in template:
        message = f"--tag {template}: several releases need {RELEASE} in it, one name each."
        raise click.UsageError(message)
    names = tuple(Reference.parse(template.replace(RELEASE, each.plan.name)) for each in opened)
    for name in names:
        if name.digest is not None:
            message = f"--tag {name}: a digest is what the image is, not what it is called."
            raise click.UsageError(message)
    return tuple(map(str, names))


def _storable(engine: Engine, options: BuildOptions) -> BuildOptions:
    if options.compression is not None and not engine.info.containerd_store:
        message = (
            f"--compression {options.compression}: this engine's image store keeps layers "
            "unpacked and compresses them as it likes; containerd's keeps them as they are built."
        )
        raise click.UsageError(message)
    return options


def _at_its_time(engine: Engine, root: Path, options: BuildOptions, *, quiet: bool) -> BuildOptions:
    epoch = source_date_epoch(engine.processes, os.environ, root)
    if epoch.source == NO_COMMIT and not quiet:
        say(f"note: the image's time is 1970: there is no commit, and no {VARIABLE}")
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
