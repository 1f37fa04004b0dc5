"""What a build is asked for, and the command that asks it. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from imagekit.engine.layers import Compression


@dataclass(frozen=True, kw_only=True)
class EnvironmentVariable:
    """A secret that the engine's environment holds under this name."""

    name: str


@dataclass(frozen=True, kw_only=True)
class SecretText:
    """A secret given as text: never shown, in a private file during the build."""

    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class BuildSecret:
    """A secret that steps mount by `id`."""

    id: str
    source: Path | EnvironmentVariable | SecretText


@dataclass(frozen=True, kw_only=True)
class IntoEngine:
    """Load the image into the engine: under a tag, or with none, to be tagged when it is good."""

    tag: str | None = None


@dataclass(frozen=True, kw_only=True)
class OciArchive:
    """Write an OCI layout as a tar. A file of that name is replaced, and only by a whole one."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class LocalFolder:
    """Write the target stage's files into a folder, made if need be."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class IntoRegistry:
    """Push the image to a registry; the engine keeps none of that name."""

    reference: str


@dataclass(frozen=True, kw_only=True)
class IntoBuilder:
    """Keep nothing but what the steps leave in the builder: what they wrote to cache mounts."""


Output: TypeAlias = IntoEngine | OciArchive | LocalFolder | IntoRegistry | IntoBuilder


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """One build."""

    context: Path
    dockerfile: str
    """Its text."""
    dockerignore: str = ""
    """Its text; it counts in place of a `.dockerignore` of the context, empty or not."""
    output: Output = field(default_factory=IntoEngine)
    build_contexts: Mapping[str, Path | str] = field(default_factory=dict)
    """Name to folder, or to what else buildx takes (`docker-image://...`)."""
    platform: str | None = None
    target: str | None = None
    network: str | None = None
    """`host`, `none`; unset is the builder's own."""
    secrets: tuple[BuildSecret, ...] = ()
    ssh: tuple[str, ...] = ()
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    """As buildx spells it; one that cannot be written fails the build only where it says
    `ignore-error=false`."""
    no_cache: bool = False
    no_cache_stages: tuple[str, ...] = ()
    """Stages that use no cached step, while others may."""
    build_args: Mapping[str, str] = field(default_factory=dict)
    """They stand on a command line and, where a stage declares them, in the history: no secrets."""
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Predefined build args (`HTTP_PROXY`): in no history, and in the environment of buildx, for
    they can hold a password."""
    labels: Mapping[str, str] = field(default_factory=dict)
    builder: str | None = None
    """Name of the buildx builder; unset is the selected one."""
    source_date_epoch: int | None = None
    """Seconds since 1970 for the times in the image config."""
    compression: Compression | None = None
    """How all layers are stored, those of the base included; unset is as they come: new ones with
    gzip, those of the base as the registry has them."""
    rewrite_timestamps: bool = True
    """Whether `source_date_epoch` also caps the times of files, where the builder can do it."""
    limit_seconds: float | None = None
    """How long the build may take; its events then come all at once, when it ended."""


def build_command(
    request: BuildRequest, *, folder: Path, metadata: Path, output: str
) -> tuple[str, ...]:
    """Give the command line. `folder` holds `Dockerfile` and the files of `secret_file`."""
    return (
        *("docker", "buildx", "build", "--progress", "rawjson"),
        *("--provenance=false", "--sbom=false"),
        *("--metadata-file", str(metadata)),
        *("--file", str(folder / "Dockerfile")),
        *("--output", output),
        *_options(request, folder),
        str(request.context.resolve()),
    )


def secret_file(folder: Path, number: int) -> Path:
    """Where the text of the secret at this place of the request lies."""
    return folder / f"secret-{number}"


def fields(*pairs: tuple[str, str]) -> str:
    """Write `key=value,...` as buildx reads it: a line of CSV."""
    line = io.StringIO()
    # The terminator also decides which characters make the writer quote a field.
    csv.writer(line, lineterminator="\r\n").writerow(f"{key}={value}" for key, value in pairs)
    return line.getvalue().removesuffix("\r\n")


def forgiving(entry: str) -> str:
    """Let a cache that cannot be written fail no build, unless the entry says otherwise.

    BuildKit has `ignore-error` since 0.12 (moby/buildkit#3430) and skips it before.
    """
    given = next(csv.reader([entry]), [])
    names = {part.partition("=")[0].strip().lower() for part in given}
    if "ignore-error" in names or "type=inline" in given:
        return entry
    if all("=" not in part for part in given):  # buildx's short form: a reference alone
        return fields(("type", "registry"), ("ref", entry), ("ignore-error", "true"))
    return f"{entry},ignore-error=true"


def _options(request: BuildRequest, folder: Path) -> Iterator[str]:
    single = {
        "--builder": request.builder,
        "--platform": request.platform,
        "--target": request.target,
        "--network": request.network,
    }
    for option, value in single.items():
        if value is not None:
            yield from (option, value)
    if request.no_cache:
        yield "--no-cache"
    elif request.no_cache_stages:
        yield from ("--no-cache-filter", ",".join(request.no_cache_stages))
    arguments = dict(request.build_args)
    if request.source_date_epoch is not None:
        arguments["SOURCE_DATE_EPOCH"] = str(request.source_date_epoch)
    for name, argument in sorted(arguments.items()):
        yield from ("--build-arg", f"{name}={argument}")
    for name in sorted(request.proxies):
        yield from ("--build-arg", name)
    for name, label in sorted(request.labels.items()):
        yield from ("--label", f"{name}={label}")
    for name, place in sorted(request.build_contexts.items()):
        where = str(place.resolve()) if isinstance(place, Path) else place
        yield from ("--build-context", f"{name}={where}")
    for number, secret in enumerate(request.secrets):
        yield from ("--secret", _secret(secret, secret_file(folder, number)))
    repeated = {
        "--ssh": request.ssh,
        "--cache-from": request.cache_from,
        "--cache-to": tuple(map(forgiving, request.cache_to)),
    }
    for option, values in repeated.items():
        for one in values:
            yield from (option, one)


def _secret(secret: BuildSecret, file: Path) -> str:
    match secret.source:
        case EnvironmentVariable(name=name):
            return fields(("id", secret.id), ("env", name))
        case SecretText():
            return fields(("id", secret.id), ("src", str(file)))
        case Path() as path:
            return fields(("id", secret.id), ("src", str(path.resolve())))
