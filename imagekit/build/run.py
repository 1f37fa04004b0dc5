"""Build a plan. The image stays without a tag: that comes when it is known to be good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from imagekit import eject
from imagekit.build.causes import cause
from imagekit.build.secrets import NetworkAccess
from imagekit.engine import buildx
from imagekit.engine.builder import Builder
from imagekit.engine.buildx import BuildRequest, BuildResult, BuildSecret, IntoEngine, SecretText
from imagekit.engine.client import Engine
from imagekit.engine.events import BuildEvent, CacheFailed, StepFailed, StepOutput
from imagekit.engine.layers import Compression
from imagekit.errors import BuildFailed, RegistryUnanswered
from imagekit.lower import COMPILING
from imagekit.plan.model import Plan


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """The flags of `imagekit build` that go to the builder; names as in `docker buildx build`."""

    platform: str | None = None
    target: str | None = None
    builder: str | None = None
    told: Builder | None = None
    """What buildx told of it; it is asked for each build when this is not given."""
    network: str | None = None
    secrets: tuple[BuildSecret, ...] = ()
    ssh: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    no_cache: bool = False
    no_cache_stages: tuple[str, ...] = ()
    """Stages that use no cached step, where not all of them do."""
    compiled_as: tuple[str, ...] = ()
    """Names under which the scripts note what they use of what was compiled before."""
    build_args: Mapping[str, str] = field(default_factory=dict)
    build_contexts: Mapping[str, str] = field(default_factory=dict)
    compression: Compression | None = None
    """How the layers are stored; unset is gzip, and the base's as they come."""
    source_date_epoch: int | None = None
    """Seconds since 1970: the time of the image and of its history."""
    rewrite_timestamps: bool = False
    """Whether it also caps the times of files, those of the base included.

    The steps give what they make a time of its own, so two builds are the same without it. A
    base newer than the epoch would be written anew, and its layers be shared with no other image.
    """


def build(
    engine: Engine,
    plan: Plan,
    root: Path,
    access: NetworkAccess,
    options: BuildOptions,
    on_event: Callable[[BuildEvent], None],
) -> BuildResult:
    """Build the plan of the project in `root` and load the image, untagged, into the engine.

    Raises:
        BuildError: a step failed, a base image is missing, the disk is full.
        TransientError: a registry did not answer.
        EngineError: no usable builder, or the engine went away.
    """
    request = BuildRequest(
        context=root,
        dockerfile=eject.dockerfile(plan),
        dockerignore=eject.dockerignore(plan),
        output=IntoEngine(),
        build_contexts={**options.build_contexts, "imagekit": eject.SCRIPTS},
        platform=options.platform,
        target=options.target,
        network=options.network,
        secrets=(*access.secrets, *_compiling(options), *options.secrets),
        ssh=options.ssh,
        cache_from=options.cache_from,
        cache_to=options.cache_to,
        no_cache=options.no_cache,
        no_cache_stages=options.no_cache_stages,
        build_args=options.build_args,
        proxies=access.proxies,
        builder=options.builder,
        compression=options.compression,
        source_date_epoch=options.source_date_epoch,
        rewrite_timestamps=options.rewrite_timestamps,
    )

    stages = frozenset(stage.name for stage in plan.stages)

    def shown(event: BuildEvent) -> None:
        on_event(_of_these(_scrub(event, access.scrub), stages))

    try:
        result = buildx.build(engine, request, shown, options.told)
    except (BuildFailed, RegistryUnanswered) as err:
        hidden = replace(err, output=tuple(access.scrub(line) for line in err.output))
        raise (cause(hidden) if isinstance(hidden, BuildFailed) else hidden) from None
    return replace(result, stages=tuple(each for each in result.stages if each.name in stages))


def _of_these(event: BuildEvent, stages: frozenset[str]) -> BuildEvent:
    """Take the stage from a step that has it from another build.

    Builds that run at the same time share equal steps, under the name that the first one gave.
    """
    known = event.step.stage is None or event.step.stage in stages
    return event if known else replace(event, step=replace(event.step, stage=None))


def _compiling(options: BuildOptions) -> tuple[BuildSecret, ...]:
    """Tell the scripts that compile what no cache key may hold.

    `cold` hides what other builds put into cache mounts: `--no-cache` drops these when the build
    begins (moby/buildkit#1092), and another build may fill them again.
    """
    cold = options.no_cache or options.no_cache_stages
    words = (
        *(("cold",) if cold else ()),
        *(f"name {each}" for each in options.compiled_as),
    )
    return (BuildSecret(id=COMPILING, source=SecretText(text="\n".join(words))),) if words else ()


def _scrub(event: BuildEvent, scrub: Callable[[str], str]) -> BuildEvent:
    if isinstance(event, StepOutput):
        return replace(event, lines=tuple(scrub(line) for line in event.lines))
    if isinstance(event, StepFailed | CacheFailed):
        return replace(event, problem=scrub(event.problem))
    return event
