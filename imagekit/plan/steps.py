"""What a stage does, one value a step: a closed union.

`lower/` says how each is done in a Dockerfile, and fails type checking until a new one is
handled there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from imagekit.image import LayerGroup

PackageManager = Literal["apt", "apk"]


@dataclass(frozen=True, kw_only=True)
class InstallPackages:
    """Install packages of the distribution."""

    manager: PackageManager
    packages: tuple[str, ...]
    unpacked: tuple[str, ...] = ()
    """Packages whose files are taken and whose dependencies are not."""


@dataclass(frozen=True, kw_only=True)
class InstallMixTools:
    """Install Hex and rebar3 for Mix, where the base does not have them."""


@dataclass(frozen=True, kw_only=True)
class TakeFromContext:
    """Take files and folders of the source tree to the same places below the stage's folder."""

    files: tuple[PurePosixPath, ...] = ()
    directories: tuple[PurePosixPath, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TakeFromStage:
    """Take a folder that another stage made."""

    stage: str
    source: PurePosixPath
    target: PurePosixPath


@dataclass(frozen=True, kw_only=True)
class ReduceManifest:
    """Let Mix write what dependencies can see of the project, and nothing else, to a folder.

    `project` in it is what fetching needs, `config` what compiling reads besides.

    What copies from the folder is cached by its content, not by what it was made from.
    """

    target: PurePosixPath


@dataclass(frozen=True, kw_only=True)
class FetchDependencies:
    """Fetch Mix dependencies; `locked` refuses a lock file that is out of step."""

    locked: bool
    ssh: bool = False
    """Whether a git dependency is reached over ssh, with the agent of `--ssh`."""


@dataclass(frozen=True, kw_only=True)
class CompileDependencies:
    """Compile every dependency that is not the project's own."""

    umbrella: bool


@dataclass(frozen=True, kw_only=True)
class InstallNodeModules:
    """Install the packages of a `package-lock.json`, exactly."""

    directory: PurePosixPath


@dataclass(frozen=True, kw_only=True)
class BundleAssets:
    """Run the npm script that builds assets for production."""

    directory: PurePosixPath
    script: str


@dataclass(frozen=True, kw_only=True)
class RunNode:
    """Run a program of Node's in a folder, for production: `node build.js --deploy`."""

    directory: PurePosixPath
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CompileApp:
    """Compile the project's own applications."""

    network: bool = False
    """Whether native code of theirs may fetch what it builds with (Cargo)."""


@dataclass(frozen=True, kw_only=True)
class RunMixTask:
    """Run one Mix task in a folder below the stage's, where it may reach the network."""

    task: str
    arguments: tuple[str, ...] = ()
    directory: PurePosixPath
    network: bool


@dataclass(frozen=True, kw_only=True)
class AssembleRelease:
    """Assemble the release, without its cookie."""

    release: str | None
    """`None` for Mix's default release, which has no name to be called by."""
    tool: Literal["mix", "distillery"]
    task: Literal["release", "distillery.release"] = "release"
    """The Mix task; Distillery's had the name of Mix's own before 2.1."""
    port_table: int | None = None
    """Size of the VM's port table, where the release itself says none."""
    distribution_needs_cookie: bool = True
    """Whether the release runs without distribution when it is given no cookie."""


@dataclass(frozen=True, kw_only=True)
class SplitLayers:
    """Divide the assembled release into one folder a layer group."""

    release: str
    groups: tuple[LayerGroup, ...]
    """The groups that the runtime takes; what would go to another goes with the app."""
    own_apps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AskedPackage:
    """A package of the distribution that no file of the release tells of."""

    name: str
    dependency: str | None = None
    """The Mix dependency that opens something of it by name; `None` where the user asks."""


@dataclass(frozen=True, kw_only=True)
class MakeRootfs:
    """Make a root file system of what the divided release needs, and nothing else.

    The libraries of its ELF files come from the stage itself, which is the builder: they
    are those that the release was linked against.
    """

    stage: str
    packages: tuple[AskedPackage, ...] = ()
    """Packages, installed in the stage, that are taken whole."""


@dataclass(frozen=True, kw_only=True)
class TakeRootfs:
    """Take the root file system that a stage made, as one layer."""

    stage: str


@dataclass(frozen=True, kw_only=True)
class FindPackages:
    """Find the packages that have the libraries which the divided release needs.

    Asked of the stage itself, which is the builder: its packages are called as the runtime's.
    """

    stage: str
    packages: tuple[AskedPackage, ...] = ()
    """Packages that are added to what is found."""


@dataclass(frozen=True, kw_only=True)
class InstallFound:
    """Install the packages that a stage found, as far as they are not there."""

    manager: PackageManager
    stage: str


@dataclass(frozen=True, kw_only=True)
class TakeLayers:
    """Take the divided release, slowest group first, one layer each."""

    stage: str
    groups: tuple[LayerGroup, ...]


@dataclass(frozen=True, kw_only=True)
class ApplyContract:
    """Write the runtime contract into the image config."""

    labels: tuple[tuple[str, str], ...]


Step = (
    InstallPackages
    | InstallMixTools
    | TakeFromContext
    | TakeFromStage
    | ReduceManifest
    | FetchDependencies
    | CompileDependencies
    | InstallNodeModules
    | BundleAssets
    | RunNode
    | CompileApp
    | RunMixTask
    | AssembleRelease
    | SplitLayers
    | FindPackages
    | InstallFound
    | MakeRootfs
    | TakeRootfs
    | TakeLayers
    | ApplyContract
)
