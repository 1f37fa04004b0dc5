"""What runs beside the image under test, and what happened before its boot. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imagekit.engine.container import ContainerState

if TYPE_CHECKING:
    from imagekit.verify.trial.model import TrialFacts


@dataclass(frozen=True, kw_only=True)
class TakesConnections:
    """Ready when this port takes a connection and keeps it."""

    port: int


@dataclass(frozen=True, kw_only=True)
class CommandSucceeds:
    """Ready when this command ends with exit code 0 in its container."""

    argv: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OutputSays:
    """Ready when this text is in its output."""

    text: str


ServiceReady = TakesConnections | CommandSucceeds | OutputSays


@dataclass(frozen=True, kw_only=True)
class Service:
    """One container beside the app, on a network of their own."""

    name: str
    """Also its host name there."""
    image: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    command: tuple[str, ...] | None = None
    """Instead of the image's own arguments."""
    ready: ServiceReady
    provides: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables for the app, placeholders filled in."""
    hidden: tuple[str, ...] = field(default=(), repr=False)
    """Values that no report, event or error may show."""
    within: float
    """Seconds until it must be ready."""
    source: str
    """Which setting or dependency wants it."""
    instead: Mapping[str, str] | None = None
    """Of one that nobody asked for: the app's variables where its image cannot be had."""


@dataclass(frozen=True, kw_only=True)
class ServiceFacts:
    """What came of a service. Secrets are out of every text already."""

    service: Service
    ready_after: float | None
    """Seconds from its start; `None` when it never was ready."""
    waited: float
    """Seconds from its start to the end of the wait."""
    state: ContainerState | None = None
    """When the wait ended; `None` when its image cannot be had, or the engine refused it."""
    output: str = ""
    absent: str | None = None
    """Why its image cannot be had."""
    refused: str | None = None
    """What the engine would not do to start it, in words."""

    @property
    def left_out(self) -> bool:
        """Whether nobody asked for it and it is not here."""
        return self.absent is not None and self.service.instead is not None


def refused_service(service: Service, problem: str) -> ServiceFacts:
    """Tell of a service that the engine did not start."""
    return ServiceFacts(service=service, ready_after=None, waited=0.0, refused=problem)


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What happened before the boot."""

    services: tuple[ServiceFacts, ...] = ()
    migrations: tuple[TrialFacts, ...] = ()
    """One run after the other; the second is left out when the first failed."""

    @property
    def ready(self) -> bool:
        """Whether all services that are here are ready, and all asked for are here."""
        return all(each.ready_after is not None or each.left_out for each in self.services)

    @property
    def left_out(self) -> ServiceFacts | None:
        """The first service that nobody asked for and that is not here."""
        return next((each for each in self.services if each.left_out), None)
