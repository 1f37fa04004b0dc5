"""Builds with `docker buildx build`: one request, its events, a result or an error of ours."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, assert_never

from imagekit.engine.builder import Builder, find_builder
from imagekit.engine.client import Engine
from imagekit.engine.diagnosis import broken_cache, diagnose, lost_a_race
from imagekit.engine.events import BuildEvent, CacheFailed, StageResult
from imagekit.engine.images import ImageStore
from imagekit.engine.layers import Compression
from imagekit.engine.progress import Progress
from imagekit.engine.request import (
    BuildRequest,
    BuildSecret,
    EnvironmentVariable,
    IntoBuilder,
    IntoEngine,
    IntoRegistry,
    LocalFolder,
    OciArchive,
    Output,
    SecretText,
    build_command,
    fields,
    secret_file,
)
from imagekit.engine.scratch import scratch, sweep_scratch
from imagekit.engine.version import at_least
from imagekit.errors import EngineError, EngineLost

__all__ = [
    "BuildRequest",
    "BuildResult",
    "BuildSecret",
    "EnvironmentVariable",
    "IntoBuilder",
    "IntoEngine",
    "IntoRegistry",
    "LocalFolder",
    "OciArchive",
    "Output",
    "SecretText",
    "build",
]

_OCI_LOADING: Final = "25.0"
"""The first Docker whose classic store loads an OCI layout (moby/moby#44598)."""
_UNWANTED: Final = ("SOURCE_DATE_EPOCH", "BUILDX_GIT_LABELS")
"""Variables by which buildx changes the image behind the request's back."""
_TIME_RAN_OUT: Final = -1


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """What was built."""

    image_id: str | None
    """What the engine knows the image by; `None` when it was not loaded into it."""
    digest: str | None
    """The manifest's, as a registry will have it; the classic image store gives the image id."""
    config_digest: str | None
    stages: tuple[StageResult, ...]
    """What a stage depends on comes before it."""
    timestamps_rewritten: bool
    """Whether the times of the files in the layers were capped."""
    seconds: float
    bases: tuple[str, ...] = ()
    """The base images with the digests they were taken by: `debian:trixie-slim@sha256:...`."""
    caches_read: tuple[str, ...] = ()
    """External caches that were there to be used."""
    cache_written: bool = False
    cache_problems: tuple[CacheFailed, ...] = ()
    """External caches that could not be read or written."""


def build(
    engine: Engine,
    request: BuildRequest,
    on_event: Callable[[BuildEvent], None],
    builder: Builder | None = None,
) -> BuildResult:
    """Build. However it ends, nothing is left but what was asked for.

    A build that breaks on an external cache is done again without reading one, and one whose image
    another build puts into the store at the same moment once more: it is there then.

    Args:
        builder: what buildx told of the request's builder; it is asked when this is not given.

    Raises:
        BuildFailed: a step, or the Dockerfile itself, is wrong.
        DiskFull: the engine has no space left.
        BaseImageNotFound: a registry answered and does not have a base image.
        RegistryUnanswered: a registry or mirror did not answer.
        BuilderMissing: no buildx, no such builder, or one that cannot give this output.
        EngineTooOld: buildx before 0.13.
        EngineLost: the engine went away.
    """
    if builder is None:
        builder = find_builder(engine, request.builder)
    sweep_scratch()
    with scratch("build") as folder:
        run = _Run(engine=engine, request=request, builder=builder, folder=folder)
        try:
            return run.build(on_event)
        except BaseException:
            run.undo()
            raise


@dataclass(frozen=True, kw_only=True)
class _Run:
    """One build in its private folder."""

    engine: Engine
    request: BuildRequest
    builder: Builder
    folder: Path
    tries: int = 3
    """How often it may lose the race for the image's name."""

    def build(self, on_event: Callable[[BuildEvent], None]) -> BuildResult:
        """Run buildx and bring its output where it was asked for."""
        self._write_files()
        progress = Progress()

        def on_line(line: str) -> None:
            for event in progress.feed(line):
                on_event(event)

        command = build_command(
            self.request, folder=self.folder, metadata=self._metadata, output=self._output()
        )
        begin = time.monotonic()
        status = self._command(command, on_line)
        if status != 0:
            broken = broken_cache(progress)
            if broken is None and self.tries > 1 and lost_a_race(progress):
                return replace(self, tries=self.tries - 1).build(on_event)
            if broken is None:
                raise diagnose(status, progress)
            on_event(broken)
            alone = replace(self, request=replace(self.request, cache_from=()))
            result = alone.build(on_event)
            known = (*progress.cache_problems, broken, *result.cache_problems)
            return replace(result, cache_problems=known)
        told = self._told()
        self._deliver()
        return BuildResult(
            image_id=self._image_id,
            digest=told.get("containerimage.digest"),
            config_digest=told.get("containerimage.config.digest"),
            stages=progress.stages,
            timestamps_rewritten=self._rewrites,
            seconds=time.monotonic() - begin,
            bases=progress.bases,
            caches_read=progress.caches_read,
            cache_written=progress.cache_written,
            cache_problems=progress.cache_problems,
        )

    def _command(self, command: tuple[str, ...], on_line: Callable[[str], None]) -> int:
        limit, environment = self.request.limit_seconds, self._environment()
        if limit is None:
            return self.engine.processes.stream(command, on_line, environment=environment)
        ended = self.engine.processes.run(command, environment=environment, timeout_seconds=limit)
        for line in (*ended.output.splitlines(), *ended.errors.splitlines()):
            on_line(line)
        return _TIME_RAN_OUT if ended.status is None else ended.status

    def undo(self) -> None:
        """Remove what an unfinished build has left outside of its folder."""
        if self._image_id is not None:
            with suppress(EngineError):
                ImageStore(engine=self.engine).discard(self._image_id)
        if isinstance(self.request.output, IntoRegistry):
            with suppress(EngineError):
                self._forget(self.request.output.reference)
        self._archive.unlink(missing_ok=True)
        shutil.rmtree(self._local, ignore_errors=True)

    def _forget(self, reference: str) -> None:
        """Take away what the engine's own builder puts into the engine's store to push it."""
        if self.builder.driver == "docker":
            ImageStore(engine=self.engine).remove(reference)

    def _deliver(self) -> None:
        match self.request.output:
            case IntoEngine(tag=tag):
                if self._image_id is None:
                    raise EngineLost(during="the build", problem="buildx told no image digest")
                store = ImageStore(engine=self.engine)
                if not self._direct:
                    store.load(self._archive)
                if tag is not None:
                    store.tag(self._image_id, tag)
            case OciArchive(path=path):
                self._archive.replace(path)
            case LocalFolder(path=path):
                if not path.exists():
                    self._local.rename(path)
                else:
                    shutil.copytree(self._local, path, symlinks=True, dirs_exist_ok=True)
                    shutil.rmtree(self._local)
            case IntoRegistry(reference=reference):
                self._forget(reference)
            case IntoBuilder():
                pass
            case other:
                assert_never(other)

    @property
    def _metadata(self) -> Path:
        return self.folder / "metadata.json"

    @property
    def _archive(self) -> Path:
        match self.request.output:
            case OciArchive(path=path):
                # Beside the place it goes to, so that it gets there whole or not at all.
                return path.with_name(f".{path.name}.{self.folder.name}")
            case _:
                return self.folder / "image.tar"

    @property
    def _local(self) -> Path:
        match self.request.output:
            case LocalFolder(path=path):
                return path.with_name(f".{path.name}.{self.folder.name}")
            case _:
                return self.folder / "files"

    @property
    def _image_id(self) -> str | None:
        """What the engine will know a loaded image by, once buildx has told."""
        if not isinstance(self.request.output, IntoEngine):
            return None
        registry_form = self._direct or self.engine.info.containerd_store
        found = self._told().get(f"containerimage.{'' if registry_form else 'config.'}digest")
        return found if isinstance(found, str) else None

    @property
    def _rewrites(self) -> bool:
        return (
            self.request.source_date_epoch is not None
            and self.request.rewrite_timestamps
            and isinstance(self.request.output, IntoEngine | OciArchive)
            and self.builder.rewrites_timestamps(self.engine.info)
        )

    @property
    def _direct(self) -> bool:
        """Whether the builder is in the engine and can put the image into its store itself.

        It unpacks what it puts there, and can then not rewrite times: moby/buildkit#4230.
        """
        return self.builder.driver == "docker" and not self._rewrites

    def _output(self) -> str:
        rewrite = (("rewrite-timestamp", "true"),) if self._rewrites else ()
        packed = _packed(self.request.compression)
        match self.request.output:
            case IntoEngine() if self._direct:
                # OCI media types, so that the digest is the archive's, too.
                return fields(("type", "image"), ("oci-mediatypes", "true"), *packed)
            case IntoEngine():
                kind = "oci" if at_least(self.engine.info.version, _OCI_LOADING) else "docker"
                return fields(("type", kind), ("dest", str(self._archive)), *rewrite, *packed)
            case OciArchive():
                return fields(("type", "oci"), ("dest", str(self._archive)), *rewrite, *packed)
            case LocalFolder():
                return fields(("type", "local"), ("dest", str(self._local)))
            case IntoRegistry(reference=reference):
                pushed = (("type", "image"), ("name", reference), ("push", "true"))
                return fields(*pushed, ("oci-mediatypes", "true"), *packed)
            case IntoBuilder():
                return fields(("type", "cacheonly"))
            case other:
                assert_never(other)

    def _environment(self) -> Mapping[str, str]:
        kept = {
            key: value for key, value in self.engine.environment.items() if key not in _UNWANTED
        }
        return {**kept, **self.request.proxies, "BUILDX_GIT_INFO": "false"}

    def _write_files(self) -> None:
        (self.folder / "Dockerfile").write_text(self.request.dockerfile, encoding="utf-8")
        ignore = self.folder / "Dockerfile.dockerignore"
        ignore.write_text(self.request.dockerignore, encoding="utf-8")
        for number, secret in enumerate(self.request.secrets):
            if isinstance(secret.source, SecretText):
                file = secret_file(self.folder, number)
                file.touch(mode=0o600)
                file.write_text(secret.source.text, encoding="utf-8")

    def _told(self) -> Mapping[str, Any]:
        try:
            told = json.loads(self._metadata.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}


def _packed(compression: Compression | None) -> tuple[tuple[str, str], ...]:
    """Give the fields of an output that stores every layer with one compression."""
    if compression is None:
        return ()
    # Forced, or layers that are there already, the base's among them, would stay as they are.
    chosen = (("compression", compression), ("force-compression", "true"))
    # An image is packed once and pulled often. BuildKit takes zstd's own numbers.
    return (*chosen, ("compression-level", "19")) if compression == "zstd" else chosen
