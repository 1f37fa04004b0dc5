"""The schema of a recipe: where the toolchain comes from, what the runtime is, in which steps."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

PackageManager = Literal["apt", "apk"]
ToolchainSource = Literal["image", "distribution"]
DependencyName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Package = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9.+_:-]*$")]


class StepName(StrEnum):
    """The steps that stages are made of. What each means is code: `plan/expand.py`."""

    BUILDER_PACKAGES = "builder-packages"
    MIX_TOOLS = "mix-tools"
    TAKE_MANIFEST = "take-manifest"
    REDUCE_MANIFEST = "reduce-manifest"
    USE_MANIFEST = "use-manifest"
    USE_CONFIG = "use-config"
    FETCH_DEPENDENCIES = "fetch-dependencies"
    COMPILE_DEPENDENCIES = "compile-dependencies"
    NODE_PACKAGES = "node-packages"
    INSTALL_NODE_MODULES = "install-node-modules"
    BUNDLE_ASSETS = "bundle-assets"
    TAKE_SOURCES = "take-sources"
    COMPILE_APP = "compile-app"
    TAKE_ASSETS = "take-assets"
    MIX_ASSETS = "mix-assets"
    DIGEST_ASSETS = "digest-assets"
    TAKE_RUNTIME_CONFIG = "take-runtime-config"
    ASSEMBLE_RELEASE = "assemble-release"
    SPLIT_LAYERS = "split-layers"
    ROOTFS_PACKAGES = "rootfs-packages"
    MAKE_ROOTFS = "make-rootfs"
    TAKE_ROOTFS = "take-rootfs"
    FIND_PACKAGES = "find-packages"
    RUNTIME_PACKAGES = "runtime-packages"
    TAKE_LAYERS = "take-layers"
    CONTRACT = "contract"


class Part(BaseModel):
    """A table of a recipe: unknown keys are errors, values do not change."""

    # Built inside the table that is validated, and not once more by itself.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class StageRecipe(Part):
    """One stage: its base and its steps, in order; left out when all steps fall away."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    base: Annotated[str, Field(pattern=r"^(toolchain|node|runtime|scratch|stage:[a-z][a-z0-9-]*)$")]
    steps: tuple[StepName, ...]


class Versions(Part):
    """Versions taken where the project asks for none, or for a range that holds these."""

    elixir: str
    otp: str
    node: str


class ImageToolchain(Part):
    """Elixir and Node from images; `{elixir}`, `{otp}` and `{node}` are put into the names."""

    elixir: str
    node: str
    versions: Versions


class DistributionToolchain(Part):
    """Elixir and Node from the distribution's own packages on its plain image."""

    elixir: str
    node: str
    elixir_packages: tuple[Package, ...]
    elixir_unpacked: tuple[Package, ...] = ()
    """Packages whose files are taken without their dependencies (apt only)."""
    node_packages: tuple[Package, ...]
    environment: dict[str, str] = Field(default_factory=dict)
    versions: Versions


class Needs(Part):
    """Packages that a builder stage gets only when a dependency asks for them."""

    git: tuple[Package, ...]
    ssh: tuple[Package, ...] = ()
    """For a git dependency that is reached over ssh, beside `git`."""
    c: tuple[Package, ...]
    rust: tuple[Package, ...]


class Toolchain(Part):
    """Both places a toolchain can come from, and which is used when nothing is said."""

    source: ToolchainSource
    image: ImageToolchain
    distribution: DistributionToolchain
    needs: Needs


class Policy(Part):
    """The terms under which a release runs; `false` switches one off.

    What a recipe does not say is off: `recipes/base.toml` says it for all that extend it.
    """

    locale: str | Literal[False] = False
    """`LANG`."""
    temporary: PurePosixPath | Literal[False] = False
    """The one folder that may be written to."""
    crash_dump_bytes: Annotated[int, Field(ge=0)] | Literal[False] = False
    """The longest crash dump, in bytes; 0 for none, `false` for what OTP does."""
    port_table: Annotated[int, Field(ge=1024, le=2**27)] | Literal[False] = False
    """Size of the VM's port table (`+Q`, erl(1) has the limits); `false` goes by `nofile`."""
    distribution_needs_cookie: bool = False
    """Whether a release without `RELEASE_COOKIE` runs without distribution."""
    expand_variables: bool = False
    """Whether Distillery fills `${VAR}` in (`REPLACE_OS_VARS`)."""

    @field_validator("crash_dump_bytes", "port_table", mode="before")
    @classmethod
    def _false_is_no_number(cls, value: Any) -> Any:
        if value is True:
            message = "it is a number, or false"
            raise ValueError(message)
        return value


class Runtime(Part):
    """The runtime image and the policy under which the release runs."""

    base: str
    packages: tuple[Package, ...] = ()
    """Beside those that the release's files need."""
    opened: dict[DependencyName, tuple[Package, ...]] = Field(default_factory=dict)
    """Packages of which a Mix dependency opens files by name."""
    root: PurePosixPath
    user: Annotated[int, Field(ge=1, le=2**31 - 1)]
    group: Annotated[int, Field(ge=0, le=2**31 - 1)]
    stop_signal: Annotated[str, Field(pattern=r"^SIG[A-Z0-9]+$")]
    port: Annotated[int, Field(ge=1, le=65535)]
    policy: Policy = Field(default_factory=Policy)
    environment: dict[str, str] = Field(default_factory=dict)
    """Beside what the policy sets; the same name here wins."""


class Recipe(Part):
    """A whole recipe, after `extends` was followed."""

    name: str
    summary: str
    package_manager: PackageManager
    toolchain: Toolchain
    stage: tuple[StageRecipe, ...]
    runtime: Runtime
