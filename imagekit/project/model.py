"""What imagekit understood of an Elixir project. Values only; `read.py` fills them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final, Literal

from imagekit.resolved import Maybe, Resolved, Unknown

Shape = Literal["app", "umbrella"]
ReleaseTool = Literal["mix", "distillery"]
Scm = Literal["hex", "git", "path", "umbrella"]
Native = Literal["c", "rust"]
NodeManager = Literal["npm", "yarn", "pnpm", "bun"]

_NO: Final = Resolved(value=False, source="default")
_NO_PATHS: Final[Resolved[tuple[str, ...]]] = Resolved(value=(), source="default")
_YES: Final = Resolved(value=True, source="default")
_NO_VERSION: Final = Unknown(reason="the release sets no version", source="mix.exs")


@dataclass(frozen=True, kw_only=True)
class App:
    """One OTP application of the project itself: a plain app, or a child of an umbrella."""

    name: str
    path: PurePosixPath
    """Folder of its `mix.exs`, relative to the project's root; `.` for a plain app."""
    version: Maybe[str]
    elixir: Maybe[str]
    """The `elixir:` requirement of its `mix.exs`, for instance `~> 1.15`."""
    aliases: tuple[str, ...] = ()
    """Names of the Mix aliases it defines (`assets.deploy`), sorted."""
    extra_applications: tuple[str, ...] = ()
    """OTP and other applications of `extra_applications:` in `application/0`, sorted."""
    force_tls: Maybe[bool] = _NO
    """Whether production configuration sets `force_ssl` on one of its endpoints."""
    tls_exempt: Maybe[tuple[str, ...]] = _NO_PATHS
    """The paths that it leaves on plain HTTP."""
    native: tuple[Native, ...] = ()
    """Foreign toolchains that its own code needs: it depends on `elixir_make` or `rustler`."""
    dependencies: tuple[str, ...] = ()
    """Names of the dependencies it declares for production, sorted."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """One release that the project can assemble."""

    name: str
    applications: tuple[str, ...]
    """The project's own applications in it, those they depend on included, sorted."""
    include_erts: Maybe[bool | str]
    version: Maybe[str] = _NO_VERSION
    """The release's own version, which is that of a plain app where it sets none."""
    source: str
    defined: bool = True
    """Whether `releases:` defines it; Mix's default release is assembled without a name."""


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """One package or folder that the project depends on, directly or through the lock file."""

    name: str
    scm: Scm
    version: Maybe[str]
    """The locked version; a git dependency's locked commit; a path dependency's own version."""
    requirement: str | None
    environments: tuple[str, ...] | None
    """The Mix environments of `only:`; `None` means every one."""
    direct: bool
    """Whether a `mix.exs` of the project names it."""
    native: tuple[Native, ...]
    """Which foreign toolchains its build may need."""
    precompiled: bool = False
    """Whether it first looks for a built artefact to download (`rustler_precompiled`,
    `cc_precompiler`), and needs the toolchain only where there is none for the platform."""
    repository: str | None = None
    """Where it comes from: `hexpm`, `hexpm:<organisation>`, another Hex repository, a git URL."""
    bare: bool = False
    """Whether it is a part of a git repository that is no application, and depends on nothing."""
    path: PurePosixPath | None
    """For `path:` and `in_umbrella:`, relative to the project's root."""
    source: str


class ConfigTime(StrEnum):
    """When a configuration file is evaluated."""

    COMPILE = "compile"
    RUNTIME = "runtime"


@dataclass(frozen=True, kw_only=True)
class ConfigFile:
    """A file in `config/` (or where `config_path:` says)."""

    path: PurePosixPath
    time: ConfigTime
    environment: str | None = None
    """The Mix environment that alone reads it (`dev` for `config/dev.exs`); `None` is every one."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentVariable:
    """An environment variable that runtime configuration reads."""

    name: str
    required: bool
    """Whether the release refuses to boot without it (`fetch_env!`, `get_env(..) || raise`)."""
    default: str | None
    """The literal used where it is not set."""
    conditional: bool = False
    """Whether it is read only where a condition holds that boot decides."""
    alternatives: tuple[str, ...] = ()
    """Other variables, any of which does instead (`get_env("A") || get_env("B") || raise`)."""
    source: str


@dataclass(frozen=True, kw_only=True)
class NpmAssets:
    """Assets built by a package manager of Node from a folder with a `package.json`."""

    directory: PurePosixPath
    app: str
    """The app the assets belong to."""
    lock_file: PurePosixPath | None
    """`package-lock.json` or `npm-shrinkwrap.json`; without it `npm ci` cannot run."""
    script: Maybe[str]
    """The script of `package.json` that builds for production: `deploy`, else `build`."""
    output: PurePosixPath
    """Where the result goes: `priv/static` of the app, relative to the project's root."""
    dependencies_used: tuple[str, ...]
    """Mix dependencies whose JavaScript it imports (`file:../deps/phoenix`)."""
    manager: NodeManager = "npm"
    """The package manager its lock file, or else `packageManager`, is of."""
    reads: tuple[PurePosixPath, ...] = ()
    """Folders of the project beyond its own that the build needs: `lib` of the apps, where it
    scans templates for class names, and npm packages of the project's own (`file:../shared`)."""
    colocated: bool = False
    """Whether it imports what compiling the app makes (LiveView's `phoenix-colocated`)."""
    source: str


@dataclass(frozen=True, kw_only=True)
class MixAssets:
    """Assets built by Mix itself: the `esbuild`, `tailwind` or `dart_sass` packages."""

    app: str
    path: PurePosixPath
    """Folder of the app's `mix.exs`."""
    tools: tuple[str, ...]
    task: str
    """The task that builds for production, `assets.deploy` by convention."""
    steps: tuple[str, ...] = ()
    """The literal steps of that alias, in order (`esbuild web --minify`, `phx.digest`)."""
    literal: bool = True
    """Whether these are all steps it has."""
    inputs: tuple[PurePosixPath, ...]
    """Folders the build reads, relative to the project's root: `assets` of the app."""
    source: str


Assets = NpmAssets | MixAssets


@dataclass(frozen=True, kw_only=True)
class Versions:
    """Versions of the toolchain that the project asks for, as it writes them."""

    elixir: Maybe[str]
    """An exact version (`1.18.3`) or a requirement (`~> 1.15`)."""
    otp: Maybe[str]
    node: Maybe[str]


@dataclass(frozen=True, kw_only=True)
class Project:
    """An Elixir project, read once."""

    name: str
    """The app's name; of an umbrella, that of its root module, `Shop.Umbrella.MixProject` giving
    `shop_umbrella` (the folder's name would differ from machine to machine)."""
    shape: Shape
    apps: tuple[App, ...]
    releases: tuple[Release, ...]
    release_tool: ReleaseTool
    dependencies: tuple[Dependency, ...]
    config: tuple[ConfigFile, ...]
    environment: tuple[EnvironmentVariable, ...]
    assets: tuple[Assets, ...]
    versions: Versions
    digest_task: Maybe[str]
    """The Mix task that digests static files (`phx.digest`), `Unknown` when there is none."""
    phoenix: bool
    has_lock: bool
    ignored: tuple[str, ...]
    """The user's own lines of `.dockerignore`, comments included; of one that imagekit wrote,
    those between its marks."""
    paths: tuple[PurePosixPath, ...]
    """Every file that the build context will hold, sorted."""
    aliases: tuple[str, ...] = ()
    """Names of the Mix aliases of the root `mix.exs`, sorted."""
    default_release: str | None = None
    """`default_release:` of `mix.exs` (or of Distillery's configuration)."""
    prune_code_paths: Maybe[bool] = _YES
    """`prune_code_paths:` of the root `mix.exs` (Mix since 1.15): whether Mix takes off the code
    path what no `mix.exs` names."""
    lock_file: PurePosixPath | None = None
    """`mix.lock`, or what `lockfile:` names; `None` when there is none."""
    irreducible: tuple[Unknown, ...] = ()
    """What keeps compile-time configuration from being reduced to what dependencies can see."""
    config_reads: tuple[Resolved[str], ...] = ()
    """Paths of files that compile-time configuration reads, as it writes them."""
    unknowns: tuple[Unknown, ...] = ()
    """What reading could not tell and no field has a place for, by place."""

    @property
    def runtime_config(self) -> tuple[PurePosixPath, ...]:
        """Configuration files that a release evaluates when it boots."""
        return tuple(file.path for file in self.config if file.time is ConfigTime.RUNTIME)
