"""The registry as cache, at the command line: what `--cache` asks for, and what became of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from imagekit.build.branch import Branches, find_branches
from imagekit.build.cache import SharedCache, fits_nothing, shared_cache, why_nothing_fits
from imagekit.build.known_builders import note_of
from imagekit.build.releases import OneRelease, discard
from imagekit.build.run import BuildOptions
from imagekit.build.secrets import NetworkAccess
from imagekit.build.seed import SharedSeed, name_of, shared_seed
from imagekit.build.seeded import Seeded
from imagekit.build.seeding import MOUNTS, Seeding
from imagekit.cli.options import Opened
from imagekit.engine.builder import find_builder
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.events import CacheFailed
from imagekit.plan.model import Plan
from imagekit.ui import say


def shared(
    engine: Engine,
    opened: tuple[Opened, ...],
    access: tuple[NetworkAccess, ...],
    options: BuildOptions,
    *,
    quiet: bool,
) -> tuple[tuple[OneRelease, ...], Seeding]:
    """Settle what each release reads and writes of the shared cache; nothing where none is set.

    What is compiled is the same in all of them: of seeds there is one of a branch.

    Raises:
        InvalidReference: the cache's reference is none.
        EngineError: no usable builder, or the engine does not answer.
    """
    tree = str(opened[0].root.resolve())
    caches = (SharedCache(),) * len(opened)
    seeding = Seeding(
        engine=engine,
        plan=opened[0].plan,
        seed=SharedSeed(tree=name_of(tree)),
        options=options,
        known=lambda: None,
        scrub=access[0].scrub,
    )
    reference = opened[0].settings.values.cache.reference
    if reference is not None:
        branches = find_branches(
            engine.processes, engine.environment, opened[0].root, opened[0].settings
        )
        builder = options.told or find_builder(engine, options.builder)
        exports = builder.exports_cache(engine.info)
        if not quiet:
            _say_branches(branches, exports=exports)
        of = partial(shared_cache, reference, branches, platform=options.platform)
        # A build up to some stage knows only that, and would write it over all the others.
        limits = {"reads": not options.no_cache, "writes": exports and options.target is None}
        caches = tuple(
            of(release=each.plan.name if len(each.project.releases) > 1 else None).limited(**limits)
            for each in opened
        )
        seed = shared_seed(of(release=None), tree=tree)
        mounts = options.build_args.get(MOUNTS, "")
        seeding = replace(
            seeding,
            seed=seed.limited(**limits),
            known=lambda: note_of(engine, builder, seed, os.environ, mounts=mounts),
            local=branches.local,
        )
    releases = tuple(
        OneRelease(plan=each.plan, access=handed, cache=cache)
        for each, handed, cache in zip(opened, access, caches, strict=True)
    )
    return releases, seeding


def _say_branches(branches: Branches, *, exports: bool) -> None:
    current = branches.current
    of = "no branch" if current is None else f"branch {current.value} ({current.source})"
    say(f"  cache: {of}, main branch {branches.main.value} ({branches.main.source})")
    if not exports:
        say(
            "  note: this builder cannot write a cache to a registry, it only reads; "
            "`imagekit doctor` says what it lacks"
        )


def cache_note(event: CacheFailed) -> str:
    """Say in a sentence what became of an external cache."""
    if event.during == "write":
        # Of caches BuildKit tells the kind alone.
        cache = f"the cache {event.cache}" if "/" in event.cache else "the cache"
        return f"{cache} was not written, which the image does not depend on: {event.problem}"
    if event.problem.endswith(f"{event.cache}: not found"):
        return f"there is no cache {event.cache} yet"
    return (
        f"the cache {event.cache} cannot be used, and is not needed: {event.problem} "
        "(`imagekit explain registry-cache`)"
    )


def say_cache(result: BuildResult, plan: Plan) -> None:
    """Say when a cache was read in vain."""
    if fits_nothing(result):
        names = ", ".join(result.caches_read)
        say(f"  note: nothing in the cache {names} fits: {why_nothing_fits(plan)}")


def with_seeds(
    seeding: Seeding,
    build: Callable[[BuildOptions], tuple[BuildResult, ...]],
    *,
    quiet: bool,
) -> tuple[tuple[BuildResult, ...], Seeded]:
    """Build, on a builder that has what was compiled elsewhere, and keep what it compiles.

    Raises:
        BuildError, TransientError, EngineError: those of the build.
    """
    if seeding.wanted and not quiet:
        say(f"  what was compiled before: from {', '.join(seeding.wanted)}")
    seeded = _said(seeding.before(), quiet=quiet)
    results = build(replace(seeding.options, compiled_as=seeding.seed.written_under))
    try:
        return results, seeded.then(_said(seeding.after(results, seeded), quiet=quiet))
    except BaseException:
        # Whoever interrupts what may take two minutes gets no images either.
        discard(seeding.engine, results)
        raise


def _said(done: Seeded, *, quiet: bool) -> Seeded:
    for problem in () if quiet else done.problems:
        say(f"  note: {cache_note(problem)}")
    if done.written and not quiet:
        say("  what was compiled is kept beside the cache")
    return done


def cache_document(result: BuildResult, done: Seeded) -> dict[str, Any]:
    """Give what the JSON document has of external caches."""
    return {
        "read": result.caches_read,
        "fits": not fits_nothing(result) if result.caches_read else None,
        "written": result.cache_written,
        "seeded": done.read,
        "seed_written": done.written,
        "problems": [
            {"during": each.during, "cache": each.cache, "problem": each.problem}
            for each in (*done.problems, *result.cache_problems)
        ],
    }
