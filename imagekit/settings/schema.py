"""The schema of `imagekit.toml`: strict, frozen, and the source of its JSON schema."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)")
_SIZE_UNITS: Final = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m)")
_DURATION_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value)
    if match is None:
        message = "a size is a number and a unit, as 30MB or 256MiB"
        raise ValueError(message)
    return int(Decimal(match[1]) * _SIZE_UNITS[match[2]])


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value)
    if match is None:
        message = "a duration is a number and a unit, as 500ms, 5s or 2m"
        raise ValueError(message)
    return float(match[1]) * _DURATION_UNITS[match[2]]


Bytes = Annotated[int, Field(gt=0), BeforeValidator(_bytes, json_schema_input_type=str | int)]
Seconds = Annotated[
    float,
    Field(gt=0, allow_inf_nan=False),
    BeforeValidator(_seconds, json_schema_input_type=str | float),
]


def _not_a_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        message = "it is a number"
        raise ValueError(message)  # noqa: TRY004 - pydantic translates this class
    return value


Port = Annotated[int, Field(ge=1, le=65535), BeforeValidator(_not_a_boolean)]
PackageName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9.+_:-]*$")]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
CheckId = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z-]+$")]
HostName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
HexRepositoryName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
HexUrl = Annotated[str, Field(pattern=r"^https?://[^\s\"'\\\\]+$")]
MixTask = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Generate(Section):
    """A random value made for one verification run and never shown."""

    generate: Annotated[int, Field(ge=1, le=4096)]
    """Length in characters."""


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


class BudgetSettings(Section):
    """`[verify.budget]`: limits that fail the verification when they are passed."""

    compressed: Bytes | None = None
    unpacked: Bytes | None = None
    layers: dict[Literal["os", "erts", "deps", "assets", "app"], Bytes] = Field(
        default_factory=dict
    )
    """Compressed size of the layers of a group: `{ app = "300kB" }`."""
    growth: Bytes | None = None
    """Compressed size that the image may have more than that of `--baseline`."""
    waste: Bytes = 5 * 10**6
    """Files in layers that a later layer replaces or removes."""
    boot: Seconds = 30.0
    """From container start to ready."""
    stop: Seconds = 10.0
    """From SIGTERM to exit; the grace period."""
    memory: Bytes = 512 * 2**20
    """Memory limit of the container under test."""


class ReadinessSettings(Section):
    """How a container under test is known to be ready."""

    http: str | None = Field(default=None, pattern=r"^/[^\s]*$")
    """A path that answers 200."""
    log: str | None = Field(default=None, min_length=1)
    """A text that appears in the output, for an app that serves no HTTP."""


class ServiceReadiness(Section):
    """How a service is known to be ready: one of the three."""

    port: Port | None = None
    """A port that takes a connection and keeps it."""
    command: tuple[str, ...] = ()
    """A command in its container that ends with exit code 0."""
    log: str | None = Field(default=None, min_length=1)
    """A text that appears in its output."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(map(bool, (self.port, self.command, self.log))) != 1:
            message = "it is ready by one of `port`, `command` and `log`"
            raise ValueError(message)
        return self


class ServiceSettings(Section):
    """`[[verify.service]]`: a container beside the image under test, on a network of their own."""

    name: HostName
    """Also the host name that the app reaches it under."""
    image: Annotated[str, Field(min_length=1)]
    env: dict[EnvironmentName, str | Generate] = Field(default_factory=dict)
    """Environment of its container."""
    command: tuple[str, ...] = ()
    """Arguments instead of the image's own."""
    port: Port | None = None
    """The port it serves; ready when that takes a connection, unless `ready` says otherwise."""
    ready: ServiceReadiness | None = None
    provides: dict[EnvironmentName, str] = Field(default_factory=dict)
    """Variables for the app; `{host}`, `{port}` and `{NAME}` of its own `env` are filled in."""
    within: Seconds = 60.0
    """How long it may take until it is ready."""

    @model_validator(mode="after")
    def _can_be_filled_in(self) -> Self:
        if self.ready is None and self.port is None:
            message = f"the service `{self.name}` needs a `port`, or `ready`"
            raise ValueError(message)
        known = {"host", *self.env, *(("port",) if self.port else ())}
        for name, text in self.provides.items():
            for placeholder in PLACEHOLDER.findall(text):
                if placeholder not in known:
                    message = (
                        f"`{name}` of the service `{self.name}` asks for {{{placeholder}}}, and "
                        f"there is only {', '.join(f'{{{each}}}' for each in sorted(known))}"
                    )
                    raise ValueError(message)
        return self


class ClusterSettings(Section):
    """`[verify.cluster]`: replicas that shall find each other."""

    replicas: Annotated[int, Field(ge=2, le=9), BeforeValidator(_not_a_boolean)] | None = None
    """How many; none are started when it is not set."""
    query: EnvironmentName = "DNS_CLUSTER_QUERY"
    """The variable that gets the DNS name behind which all replicas are."""
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")] | None = None
    """What stands before the `@` of every node; the release's own name otherwise."""


class AnswerSettings(Section):
    """`[verify.answer]`: what the answer of the path `http` must be like, beside its 200."""

    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")], str] = Field(
        default_factory=dict
    )
    """Header to a text that its value has in it; an empty text asks for the header alone."""
    body: str | None = Field(default=None, min_length=1)
    """A text that is in the body."""


class VerifySettings(ReadinessSettings):
    """`[verify]`: what the booted image is asked."""

    env: dict[EnvironmentName, str | Generate] = Field(default_factory=dict)
    """Environment of the container under test."""
    service: tuple[ServiceSettings, ...] = ()
    """Containers beside it; they provide variables, which `env` overrules."""
    migrate: tuple[str, ...] | None = None
    """A command that is run twice before the boot, in containers of the image; empty for none."""
    cluster: ClusterSettings = Field(default_factory=ClusterSettings)
    slow: str | None = Field(default=None, pattern=r"^/[^\s]*$")
    """A path that answers late: what becomes of a request in flight when the app is stopped."""
    answer: AnswerSettings = Field(default_factory=AnswerSettings)
    skip: tuple[CheckId, ...] = ()
    """Checks that are switched off; a report shows them as skipped."""
    budget: BudgetSettings = Field(default_factory=BudgetSettings)
    release: dict[str, ReadinessSettings] = Field(default_factory=dict)
    """The same two keys for one release of several."""

    @model_validator(mode="after")
    def _services_do_not_meet(self) -> Self:
        for what, found in (
            ("are named", [each.name for each in self.service]),
            ("provide", [name for each in self.service for name in each.provides]),
        ):
            twice = sorted({each for each in found if found.count(each) > 1})
            if twice:
                message = f"two services {what} `{twice[0]}`"
                raise ValueError(message)
        return self


RuleName = Annotated[str, Field(pattern=r"^(IK[0-9]{3}|[A-Z]{2}[0-9]{4}|[A-Z][A-Za-z]+)$")]
"""`IK101`, hadolint's `DL3008` and `SC2086`, or the name of one of BuildKit's checks."""


class LintSettings(Section):
    """`[lint]`: which rule counts for how much, and where."""

    fail_on: Literal["error", "warning", "info"] = "error"
    """The lowest severity that ends with exit code 4."""
    severity: dict[RuleName, Literal["error", "warning", "info", "off"]] = Field(
        default_factory=dict
    )
    """A rule's severity instead of its default; `off` switches it off."""
    off: dict[str, tuple[RuleName, ...]] = Field(default_factory=dict)
    """Rules that are off for some files: a pattern as in `.gitignore`, and their ids."""
    hadolint: bool = True
    """Whether hadolint's findings are reported too."""
    buildkit: bool = True
    """Whether BuildKit's own checks are reported too, where the builder offers them."""
    baseline: str | None = None
    """File with the findings that are known, and not reported; beside `imagekit.toml`."""


class CacheRule(Section):
    """`[[cache.rule]]`: what an edit must not build anew; `imagekit prove cache` tries it."""

    edit: Annotated[str, Field(min_length=1)]
    """Which files are edited: a pattern as in `.gitignore`, from the project's root."""
    must_reuse: Annotated[tuple[str, ...], Field(min_length=1)]
    """Stages (`imagekit plan` names them) that stay cached after such an edit."""


class CacheSettings(Section):
    """`[cache]`: the cache in a registry, and what edits may build anew."""

    reference: str | None = None
    """Image reference of the shared cache, as `--cache`; each branch has its own tag there."""
    branch: Annotated[str, Field(min_length=1)] | None = None
    """The branch that is built, where neither CI nor git tells."""
    main: Annotated[str, Field(min_length=1)] | None = None
    """The branch whose cache every other one reads too."""
    rule: tuple[CacheRule, ...] = ()
    """The project's own contract."""


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
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    assets: AssetsSettings = Field(default_factory=AssetsSettings)
    cache: CacheSettings = Field(default_factory=CacheSettings)
    verify: VerifySettings = Field(default_factory=VerifySettings)
    lint: LintSettings = Field(default_factory=LintSettings)
