"""Build several releases of one project: what they have in common is built once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from imagekit.build.cache import SharedCache
from imagekit.build.run import BuildOptions, build
from imagekit.build.secrets import NetworkAccess
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.events import BuildEvent
from imagekit.engine.images import ImageStore
from imagekit.errors import EngineError
from imagekit.plan.model import Plan, Stage


@dataclass(frozen=True, kw_only=True)
class OneRelease:
    """A plan, and what its build is handed."""

    plan: Plan
    access: NetworkAccess
    cache: SharedCache = field(default_factory=SharedCache)


def build_releases(
    engine: Engine,
    releases: tuple[OneRelease, ...],
    root: Path,
    options: BuildOptions,
    showing: Callable[[Plan], AbstractContextManager[Callable[[BuildEvent], None]]],
) -> tuple[BuildResult, ...]:
    """Build one image a release, in order, into the engine; all of them, or none is left.

    A stage that a plan before has too is the builder's to share: also a build without a cache
    runs it once. `showing` is entered for each build, and gives what takes its events.

    Raises:
        BuildError, TransientError, EngineError: see `imagekit.build.run.build`.
    """
    built: list[BuildResult] = []
    seen: set[Stage] = set()
    try:
        for each in releases:
            mine = replace(
                options,
                cache_from=(*options.cache_from, *each.cache.cache_from),
                cache_to=(*options.cache_to, *each.cache.cache_to),
                no_cache=options.no_cache and not seen,
                no_cache_stages=unshared(each.plan, seen) if options.no_cache and seen else (),
            )
            with showing(each.plan) as on_event:
                built.append(build(engine, each.plan, root, each.access, mine, on_event))
            seen.update(each.plan.stages)
    except BaseException:
        discard(engine, tuple(built))
        raise
    return tuple(built)


def discard(engine: Engine, built: tuple[BuildResult, ...]) -> None:
    """Remove images that nothing names."""
    for result in built:
        if result.image_id is not None:
            with suppress(EngineError):
                ImageStore(engine=engine).discard(result.image_id)


def unshared(plan: Plan, seen: set[Stage]) -> tuple[str, ...]:
    """Give the stages that no plan before has: the same steps from the same base."""
    return tuple(stage.name for stage in plan.stages if stage not in seen)
