"""`[verify]`: what the booted image is asked."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from imagekit.settings.schema.base import (
    Bytes,
    EnvironmentName,
    Generate,
    RegularExpression,
    Seconds,
    Section,
    not_a_boolean,
)
from imagekit.settings.schema.services import ServiceSettings

Status = Annotated[int, Field(ge=100, le=599), BeforeValidator(not_a_boolean)]


def _one_or_several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


def _path_of_its_own(value: Any) -> Any:
    """Refuse the kernel's folders, and whatever is not written the one way that names it."""
    if isinstance(value, str):
        parts = value.split("/")
        if {"", ".", ".."} & set(parts[1:]) or parts[:1] != [""]:
            message = "it is an absolute path, without `.`, `..` and a `/` at its end"
            raise ValueError(message)
        if parts[1] in _KERNELS:
            message = f"/{parts[1]} is the kernel's"
            raise ValueError(message)
    return value


def _one_capability(value: Any) -> Any:
    if value == "ALL" or str(value).startswith("CAP_"):
        message = "name each of them, without `CAP_`: `CHOWN`"
        raise ValueError(message)
    return value


_KERNELS: Final = ("dev", "proc", "sys")
WritablePath = Annotated[
    str, Field(pattern=r"^/[A-Za-z0-9._/@+-]+$"), BeforeValidator(_path_of_its_own)
]
Capability = Annotated[str, Field(pattern=r"^[A-Z][A-Z_]*[A-Z]$"), BeforeValidator(_one_capability)]
CheckId = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z-]+$")]


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
    """A path that answers 200, or what `[verify.answer]` says."""
    log: str | None = Field(default=None, min_length=1)
    """A text that appears in the output, for an app that serves no HTTP."""
    log_regex: RegularExpression | None = None
    """A regular expression (Python's) that matches in a line of the output."""
    rpc: str | None = Field(default=None, min_length=1)
    """An Elixir expression that the release's `rpc` evaluates to neither nil nor false."""


class ClusterSettings(Section):
    """`[verify.cluster]`: replicas that shall find each other."""

    replicas: Annotated[int, Field(ge=2, le=9), BeforeValidator(not_a_boolean)] | None = None
    """How many; none are started when it is not set."""
    query: EnvironmentName = "DNS_CLUSTER_QUERY"
    """The variable that gets the DNS name behind which all replicas are."""
    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]+$")] | None = None
    """What stands before the `@` of every node; the release's own name otherwise."""


class AnswerSettings(Section):
    """`[verify.answer]`: what the answer of the path `http` must be like to be ready."""

    status: Annotated[
        tuple[Status, ...],
        Field(min_length=1),
        BeforeValidator(_one_or_several, json_schema_input_type=Status | tuple[Status, ...]),
    ] = (200,)
    """The status, or each of several that will do."""
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
    writable: tuple[WritablePath, ...] = Field(default=(), max_length=16)
    """Folders that are empty and writable, beside /tmp: where the pod mounts a volume."""
    read_only: bool = True
    """Whether the root file system is read-only."""
    capabilities: tuple[Capability, ...] = ()
    """Capabilities that are kept, without `CAP_`; all others are dropped."""
    slow: str | None = Field(default=None, pattern=r"^/[^\s]*$")
    """A path that answers late: what becomes of a request in flight when the app is stopped."""
    websocket: str | None = Field(default=None, pattern=r"^/[^\s]*$")
    """A path that upgrades to a WebSocket: what becomes of an open one when the app is stopped."""
    answer: AnswerSettings = Field(default_factory=AnswerSettings)
    structure_tests: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """container-structure-test files (schema 2.0.0), YAML or JSON, from the project's folder."""
    skip: tuple[CheckId, ...] = ()
    """Checks that are switched off; a report shows them as skipped."""
    budget: BudgetSettings = Field(default_factory=BudgetSettings)
    release: dict[str, ReadinessSettings] = Field(default_factory=dict)
    """The same four keys for one release of several."""

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
