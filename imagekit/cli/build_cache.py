"""The registry as cache, at the command line: what `--cache` asks for, and what became of it."""

from __future__ import annotations

from typing import Any

from imagekit.build.branch import find_branches
from imagekit.build.cache import SharedCache, fits_nothing, shared_cache, why_nothing_fits
from imagekit.build.run import BuildOptions
from imagekit.cli.options import Opened
from imagekit.engine.builder import find_builder
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.events import CacheFailed
from imagekit.plan.model import Plan
from imagekit.ui import say


def caches(
    engine: Engine, opened: tuple[Opened, ...], options: BuildOptions, *, quiet: bool
) -> tuple[SharedCache, ...]:
    """Settle what each release reads and writes of the shared cache; nothing where none is set.

    Raises:
        InvalidReference: the cache's reference is none.
        EngineError: no usable builder.
    """
    reference = opened[0].settings.values.cache.reference
    if reference is None:
        return (SharedCache(),) * len(opened)
    branches = find_branches(
        engine.processes, engine.environment, opened[0].root, opened[0].settings
    )
    found = tuple(
        shared_cache(
            reference,
            branches,
            release=each.plan.name if len(each.project.releases) > 1 else None,
            platform=options.platform,
        )
        for each in opened
    )
    exports = find_builder(engine, options.builder).exports_cache(engine.info)
    if not quiet:
        current = branches.current
        of = "no branch" if current is None else f"branch {current.value} ({current.source})"
        say(f"  cache: {of}, main branch {branches.main.value} ({branches.main.source})")
        if not exports:
            say(
                "  note: this builder cannot write a cache to a registry, it only reads; "
                "`imagekit doctor` says what it lacks"
            )
    # A build up to some stage knows only that, and would write it over all the others.
    writes = exports and options.target is None
    return tuple(
        SharedCache(
            reads=() if options.no_cache else each.reads, writes=each.writes if writes else None
        )
        for each in found
    )


def cache_note(event: CacheFailed) -> str:
    """Say in a sentence what became of an external cache."""
    if event.during == "write":
        return f"the cache was not written, which the image does not depend on: {event.problem}"
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


def cache_document(result: BuildResult) -> dict[str, Any]:
    """Give what the JSON document has of external caches."""
    return {
        "read": result.caches_read,
        "fits": not fits_nothing(result) if result.caches_read else None,
        "written": result.cache_written,
        "problems": [
            {"during": each.during, "cache": each.cache, "problem": each.problem}
            for each in result.cache_problems
        ],
    }
