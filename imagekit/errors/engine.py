"""Exit 5: the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imagekit.errors.base import ExitCode, ImagekitError


class EngineError(ImagekitError):
    """There is no engine to build or run with, or it lacks something needed."""

    exit_code = ExitCode.ENGINE


@dataclass(kw_only=True, eq=False)
class EngineMissing(EngineError):
    """No engine answers."""

    page: ClassVar[str] = "engine-missing"
    host: str
    problem: str

    @property
    def what(self) -> str:
        return f"No container engine answers at {self.host}."

    @property
    def found(self) -> str:
        return self.problem

    @property
    def advice(self) -> str:
        return "Start Docker (or set DOCKER_HOST), then run `imagekit doctor`."


@dataclass(kw_only=True, eq=False)
class BuilderMissing(EngineError):
    """The `docker buildx` command is not there or does not work."""

    page: ClassVar[str] = "builder-missing"
    problem: str

    @property
    def what(self) -> str:
        return "`docker buildx` does not work."

    @property
    def found(self) -> str:
        return self.problem

    @property
    def advice(self) -> str:
        return "Install the buildx plugin (package docker-buildx-plugin or docker-buildx)."


@dataclass(kw_only=True, eq=False)
class EngineTooOld(EngineError):
    """A version below the floor that imagekit needs."""

    page: ClassVar[str] = "engine-too-old"
    component: str
    version: str
    floor: str

    @property
    def what(self) -> str:
        return f"{self.component} {self.version} is too old: imagekit needs {self.floor} or newer."

    @property
    def advice(self) -> str:
        return f"Update {self.component}, then run `imagekit doctor`."


@dataclass(kw_only=True, eq=False)
class EngineRefused(EngineError):
    """The engine answered that it will not do it."""

    page: ClassVar[str] = "engine-refused"
    during: str
    problem: str
    pushing: bool = False
    """Whether that was a push, for which a registry wants credentials."""

    @property
    def what(self) -> str:
        return f"The engine refused {self.during}."

    @property
    def found(self) -> str:
        return self.problem

    @property
    def advice(self) -> str:
        login = "; `docker login` may be missing" if self.pushing else ""
        return f"The engine's own words are above{login}."


@dataclass(kw_only=True, eq=False)
class EngineLost(EngineError):
    """The engine answered first and stopped answering in the middle."""

    page: ClassVar[str] = "engine-lost"
    during: str
    problem: str

    @property
    def what(self) -> str:
        return f"The engine stopped answering during {self.during}."

    @property
    def found(self) -> str:
        return self.problem

    @property
    def advice(self) -> str:
        return "See the engine's own log, start it again, then run the same command."
