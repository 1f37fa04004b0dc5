"""`[build]`, `[network]` and `[assets]`: what an image is made of, and how it is reached."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from imagekit.settings.schema.base import MixTask, PackageName, Section

HexRepositoryName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
HexUrl = Annotated[str, Field(pattern=r"^https?://[^\s\"'\\\\]+$")]


class BuildSettings(Section):
    """`[build]`: what the image is made of."""

    packages: tuple[PackageName, ...] = ()
    """Extra packages of the distribution for the builder stages."""
    runtime_packages: tuple[PackageName, ...] = ()
    """Extra packages of the distribution for the runtime."""
    network: Literal["default", "host", "none"] | None = None
    """The network of the build's steps, as `docker build --network`."""


class HexRepository(Section):
    """A Hex repository beside hexpm, as `mix hex.repo add` knows it."""

    url: HexUrl
    public_key: str
    """File with the public key that signs it."""
    key: str | None = None
    """File with the key that opens it, when it asks for one."""


class NetworkSettings(Section):
    """`[network]`: how the build machine reaches registries; never in a layer or the history."""

    hex_mirror: str | None = None
    """URL of a Hex mirror or of a Hex registry of your own."""
    hex_public_key: str | None = None
    """File with the public key that signs `hex_mirror`, when it is not hexpm's."""
    hex_key: str | None = None
    """File with the key for private packages of hexpm's organisations (`HEX_REPOS_KEY`)."""
    hex_repositories: dict[HexRepositoryName, HexRepository] = Field(default_factory=dict)
    """Hex repositories beside hexpm, by the name that `repo:` gives in mix.exs."""
    npmrc: str | None = None
    """File with npm's settings (registry, tokens)."""
    ca_bundle: str | None = None
    """PEM file with the certificate authorities to trust during the build."""
    gitconfig: str | None = None
    """File with git's settings (`insteadOf` for a mirror, credentials) for git dependencies."""
    apt_sources: str | None = None
    """deb822 file that replaces `/etc/apt/sources.list.d/debian.sources` during the build."""
    apk_repositories: str | None = None
    """File that replaces `/etc/apk/repositories` during the build."""
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None

    @model_validator(mode="after")
    def _key_of_a_mirror(self) -> Self:
        if self.hex_public_key is not None and self.hex_mirror is None:
            message = "`hex_public_key` is the key of a `hex_mirror`, and none is set"
            raise ValueError(message)
        return self


class AssetsSettings(Section):
    """`[assets]`: overrules what was detected."""

    script: str | None = None
    """The npm script that builds for production."""
    digest: MixTask | Literal[False] | None = None
    """The Mix task that digests static files; `false` for none."""
