"""The whole of `imagekit.toml`: strict, frozen, and the source of its JSON schema."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from imagekit.settings.schema.base import Port, Section
from imagekit.settings.schema.build import AssetsSettings, BuildSettings, NetworkSettings
from imagekit.settings.schema.cache import CacheSettings
from imagekit.settings.schema.lint import LintSettings
from imagekit.settings.schema.runtime import RuntimeSettings
from imagekit.settings.schema.verify import VerifySettings


class Configuration(Section):
    """All of `imagekit.toml`."""

    recipe: str | None = None
    """`debian`, `alpine`, or the path of a recipe of your own."""
    toolchain: Literal["image", "distribution"] | None = None
    """Where Elixir comes from: an Elixir image, or the distribution's packages."""
    release: str | None = None
    """The release to build, when the project defines several."""
    elixir: str | None = Field(default=None, pattern=r"^[0-9][0-9A-Za-z.-]*$")
    otp: str | None = Field(default=None, pattern=r"^[0-9][0-9A-Za-z.-]*$")
    node: str | None = Field(default=None, pattern=r"^[0-9][0-9A-Za-z.-]*$")
    port: Port | None = None
    """The port the release listens on, and the value of `PORT`."""
    build: BuildSettings = Field(default_factory=BuildSettings)
    runtime: RuntimeSettings = Field(default_factory=RuntimeSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    assets: AssetsSettings = Field(default_factory=AssetsSettings)
    cache: CacheSettings = Field(default_factory=CacheSettings)
    verify: VerifySettings = Field(default_factory=VerifySettings)
    lint: LintSettings = Field(default_factory=LintSettings)
