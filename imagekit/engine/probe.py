"""What `imagekit doctor` reports: the engine, the builder, and what each lacks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from imagekit.engine.builder import Builder, find_builder
from imagekit.engine.client import Engine
from imagekit.engine.process import Processes
from imagekit.errors import EngineError, EngineTooOld

_ROOM_BYTES: Final = 5 * 1024**3
"""An Elixir image, a base and their caches; below this a build may run out of space."""
_USUAL_PLATFORMS: Final = ("linux/amd64", "linux/arm64")


class ItemState(StrEnum):
    """How an item is. One that could not be looked at is unknown, never ok."""

    OK = "ok"
    LACKING = "lacking"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that builds or verification need, or profit from."""

    name: str
    state: ItemState
    version: str = ""
    """Version, or what stands in for one: a driver, the free space."""
    lacks: tuple[str, ...] = ()
    """What cannot be done with it as it is."""
    advice: str = ""
    """What to do; empty when it is ok."""


def doctor(
    environment: Mapping[str, str], *, processes: Processes | None = None
) -> tuple[Item, ...]:
    """Look at everything and raise nothing: what is missing is an item."""
    try:
        engine = Engine.connect(environment, processes=processes)
    except EngineError as err:
        return (_broken("engine", err),)
    try:
        return tuple(_items(engine))
    finally:
        engine.close()


def _items(engine: Engine) -> Iterator[Item]:
    info = engine.info
    yield Item(
        name="engine", state=ItemState.OK, version=f"{info.name} {info.version}, API {info.api}"
    )
    builder: Builder | None = None
    try:
        builder = find_builder(engine)
    except EngineError as err:
        yield _broken("buildx", err)
    if builder is not None:
        yield Item(name="buildx", state=ItemState.OK, version=builder.buildx)
        yield builder_item(builder, engine)
    yield storage_item(engine)
    yield limits_item(engine)
    yield space_item(engine)
    if builder is not None:
        yield platforms_item(builder, engine)


def builder_item(builder: Builder, engine: Engine) -> Item:
    """Describe the selected builder."""
    lacks = []
    if not builder.exports_cache(engine.info):
        lacks += ["OCI archives", "registry cache export (--cache-to type=registry)"]
    if not builder.rewrites_timestamps(engine.info):
        lacks.append("file times of SOURCE_DATE_EPOCH: two builds differ in their layers")
    version = f"{builder.driver} driver"
    return _item(
        "builder",
        f"{version}, BuildKit {builder.buildkit}" if builder.buildkit else version,
        lacks,
        "Turn on the engine's containerd image store, or use a builder of your own: "
        "`docker buildx create --use`.",
    )


def storage_item(engine: Engine) -> Item:
    """Describe the image store."""
    info = engine.info
    kind = "containerd image store" if info.containerd_store else "classic image store"
    lacks = [] if info.containerd_store else ["digests of layers and manifests before a push"]
    advice = 'Set `"features": {"containerd-snapshotter": true}` in the engine\'s daemon.json.'
    return _item("storage", f"{kind}, {info.storage_driver}", lacks, advice)


def limits_item(engine: Engine) -> Item:
    """Say which resources containers can be limited in."""
    return _item(
        "limits",
        f"cgroup v{engine.info.cgroup_version or '?'}",
        [f"limits of {name}" for name in engine.info.unlimited],
        "Delegate the cgroup controllers to the engine: "
        "docs.docker.com/engine/security/rootless/tips/#limiting-resources",
    )


def space_item(engine: Engine) -> Item:
    """Measure the free space of the engine's storage, where it is on this machine."""
    root = Path(engine.info.root)
    try:
        # Of an engine in a virtual machine, such a path may be another disk's here.
        free = shutil.disk_usage(root).free if engine.endpoint.local and root.is_dir() else None
    except OSError:
        free = None
    if free is None:
        return Item(
            name="space",
            state=ItemState.UNKNOWN,
            advice="`docker system df` tells what the engine's storage holds.",
        )
    return _item(
        "space",
        f"{free / 1024**3:.0f} GiB free in {root}",
        [] if free >= _ROOM_BYTES else [f"{_ROOM_BYTES / 1024**3:.0f} GiB of room to build in"],
        "Free space, for instance with `docker buildx prune`.",
    )


def platforms_item(builder: Builder, engine: Engine) -> Item:
    """Say for which of the usual platforms the builder can build."""
    lacks = [name for name in _USUAL_PLATFORMS if name not in builder.platforms]
    return _item(
        "platforms",
        ", ".join(name for name in builder.platforms if name.count("/") == 1)
        or engine.info.platform,
        [f"builds for {name}" for name in lacks],
        "Only needed for `--platform`: install qemu-user-static (with binfmt_misc), or "
        "`docker run --privileged --rm tonistiigi/binfmt --install all`.",
    )


def _item(name: str, version: str, lacks: list[str], advice: str) -> Item:
    return Item(
        name=name,
        state=ItemState.LACKING if lacks else ItemState.OK,
        version=version,
        lacks=tuple(lacks),
        advice=advice if lacks else "",
    )


def _broken(name: str, error: EngineError) -> Item:
    too_old = isinstance(error, EngineTooOld)
    return Item(
        name=name,
        state=ItemState.LACKING if too_old else ItemState.MISSING,
        version=error.version if isinstance(error, EngineTooOld) else "",
        lacks=tuple(filter(None, (error.what, error.found))),
        advice=error.advice,
    )
