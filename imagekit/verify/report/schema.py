"""The schema of the JSON report: the source of `schema.json`, and the reader of baselines."""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FILE: Final = "schema.json"


class _Part(BaseModel):
    """Fields may be added: a reader takes what it knows."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ImagePart(_Part):
    """The image that was verified."""

    reference: str
    digest: str
    platform: str
    unpacked_bytes: int = Field(ge=0)
    compressed_bytes: int = Field(ge=0)


class LayerPart(_Part):
    """One layer, bottom first. `digest` is null where the engine keeps no compressed blobs."""

    group: Literal["os", "erts", "deps", "assets", "app"]
    digest: str | None
    diff_id: str
    unpacked_bytes: int = Field(ge=0)
    compressed_bytes: int = Field(ge=0)


class CheckPart(_Part):
    """One check: `imagekit explain` has a page for each id. Skipped is not passed."""

    id: str
    outcome: Literal["passed", "failed", "skipped"]
    seconds: float = Field(ge=0)
    detail: str
    problems: tuple[str, ...] = ()


class VerificationPart(_Part):
    """All checks, in the order of the registry."""

    passed: bool
    incomplete: str | None = None
    """Why checks are missing, when the engine stopped answering in the middle."""
    checks: tuple[CheckPart, ...]


class EnginePart(_Part):
    """The engine that booted the image."""

    name: Literal["docker", "podman"]
    version: str
    api: str
    platform: str
    cpus: int
    memory_bytes: int
    cgroup_version: str


class LimitsPart(_Part):
    """Limits of the strict boot."""

    memory_bytes: int | None
    pids: int | None
    read_only: bool
    capabilities_dropped: tuple[str, ...]
    capabilities_kept: tuple[str, ...] = ()
    no_new_privileges: bool
    writable: tuple[str, ...]
    boot_seconds: float
    stop_seconds: float


class VariablesPart(_Part):
    """Environment variables that the release reads at boot, where its source was at hand."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


class TimingPart(_Part):
    """Where the time went; parts may run side by side, `all` is the whole of it."""

    part: str
    begun: float
    seconds: float


class ReportDocument(_Part):
    """A verification of one image."""

    version: Literal[1] = Field(alias="schema")
    image: ImagePart
    layers: tuple[LayerPart, ...]
    verification: VerificationPart
    engine: EnginePart | None = None
    limits: LimitsPart | None = None
    variables: VariablesPart | None = None
    timings: tuple[TimingPart, ...] = ()


def json_schema() -> str:
    """Give the text of `schema.json`."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ReportDocument.model_json_schema(by_alias=True),
        "title": "Report of imagekit verify",
    }
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
