"""The builder: which BuildKit `docker buildx` speaks to, and what it can do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

from imagekit.engine.causes import is_engine_gone
from imagekit.engine.client import Engine, EngineInfo
from imagekit.engine.process import Finished, Processes
from imagekit.engine.version import at_least, release
from imagekit.errors import BuilderMissing, EngineLost, EngineTooOld

BUILDX_FLOOR: Final = "0.13"
_PROBE_SECONDS: Final = 60.0
_VERSION: Final = re.compile(r"\bv?(\d+\.\d+\S*)")
# `rewrite-timestamp` came with BuildKit 0.13 (moby/buildkit#4057), which Docker 26.0 has inside.
_REWRITING_BUILDKIT: Final = "0.13"
_REWRITING_DOCKER: Final = "26.0"


@dataclass(frozen=True, kw_only=True)
class Builder:
    """A builder instance as `docker buildx inspect` describes it."""

    buildx: str
    """Version of the buildx command."""
    name: str
    driver: str
    """`docker` (the engine's own BuildKit), `docker-container`, `kubernetes` or `remote`."""
    buildkit: str
    """Its version; empty when it does not tell: one inside the engine, one not started yet."""
    platforms: tuple[str, ...]

    def rewrites_timestamps(self, engine: EngineInfo) -> bool:
        """Whether it can set the times of files in layers."""
        if self.driver == "docker":
            return engine.containerd_store and at_least(engine.version, _REWRITING_DOCKER)
        return not release(self.buildkit) or at_least(self.buildkit, _REWRITING_BUILDKIT)

    def exports_cache(self, engine: EngineInfo) -> bool:
        """Whether it can write a cache to a registry; the classic image store cannot."""
        return self.driver != "docker" or engine.containerd_store


def find_builder(engine: Engine, name: str | None = None) -> Builder:
    """Ask buildx for its version and for a builder: the named one, else the selected one.

    Raises:
        BuilderMissing: no docker command, no buildx, no such builder.
        EngineTooOld: buildx before 0.13.
        EngineLost: the builder's engine does not answer.
    """
    with asking(engine.processes, engine.environment, name) as builder:
        return builder()


@contextmanager
def asking(
    processes: Processes, environment: Mapping[str, str], name: str | None = None
) -> Iterator[Callable[[], Builder]]:
    """Ask both, and go on meanwhile; what is given awaits the answers, and raises as above.

    Each answer takes a tenth of a second, most of which is the docker command that starts.
    """

    def command(*words: str) -> AbstractContextManager[Callable[[], Finished]]:
        return processes.begun(
            ("docker", "buildx", *words), environment=environment, timeout_seconds=_PROBE_SECONDS
        )

    with command("version") as version, command("inspect", *((name,) if name else ())) as told:
        yield lambda: _builder(_version(version()), told())


def _builder(version: str, answer: Finished) -> Builder:
    if not at_least(version, BUILDX_FLOOR):
        raise EngineTooOld(component="buildx", version=version, floor=BUILDX_FLOOR)
    found = _fields(answer.output)
    problem = found.get("error") or _first_line(answer.errors)
    if is_engine_gone(problem) or answer.status is None:
        raise EngineLost(during="looking at the builder", problem=problem)
    if answer.status != 0 or not found.get("driver"):
        raise BuilderMissing(problem=problem or "no builder is described")
    # Without its own version the builder in the engine says `v0.0.0+unknown`.
    buildkit = found.get("buildkit version") or found.get("buildkit") or ""
    return Builder(
        buildx=version,
        name=found.get("name", ""),
        driver=found["driver"],
        buildkit="" if buildkit.startswith("v0.0.0") else buildkit,
        platforms=tuple(filter(None, re.split(r"[,\s*]+", found.get("platforms", "")))),
    )


def _version(answer: Finished) -> str:
    match = _VERSION.search(answer.output)
    if answer.status != 0 or match is None:
        problem = _first_line(answer.errors) or _first_line(answer.output) or "it says no version"
        raise BuilderMissing(problem=problem)
    return match[1]


def _fields(output: str) -> dict[str, str]:
    """Read `Key: value` lines; the first of a key counts, which is the first node's."""
    found: dict[str, str] = {}
    for line in output.splitlines():
        key, separator, value = line.partition(":")
        if separator and not key.startswith(" "):
            found.setdefault(key.strip().lower(), value.strip())
    return found


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # `docker: 'buildx' is not a docker command.` is followed by a hint to `--help`.
    return next((line for line in lines if "--help" not in line), "")
