"""Effect: services are fetched, started and awaited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from imagekit.engine.container import ContainerSpec
from imagekit.engine.images import ImageStore
from imagekit.engine.registry import Registry
from imagekit.engine.scope import RunScope
from imagekit.errors import BaseImageNotFound, EngineRefused, RegistryUnanswered
from imagekit.verify import wording
from imagekit.verify.facts import refusal
from imagekit.verify.legible import legible
from imagekit.verify.port import keeps_connections
from imagekit.verify.readiness import poll_pause
from imagekit.verify.secrets import scrub
from imagekit.verify.services.model import (
    CommandSucceeds,
    OutputSays,
    Service,
    ServiceFacts,
    TakesConnections,
    refused_service,
)
from imagekit.verify.watch import Clock, RunningContainer, unless_ended

_COMMAND_SECONDS: Final = 10.0


def start_services(
    scope: RunScope,
    services: Sequence[Service],
    network: str,
    hidden: tuple[str, ...],
    clock: Clock,
) -> tuple[ServiceFacts, ...]:
    """Start them side by side, and wait until each is ready, has ended, or its time is up.

    Raises:
        EngineLost: the engine stopped answering.
    """
    images = ImageStore(engine=scope.engine)
    told: dict[str, ServiceFacts] = {}
    begun: list[Begun] = []
    absent = {each.name: _fetch(images, each.image) for each in services}
    for each in services:
        problem = absent[each.name]
        if problem is not None:
            problem = scrub(problem, hidden)
            told[each.name] = ServiceFacts(
                service=each, ready_after=None, waited=0.0, absent=problem
            )
            continue
        try:
            container = scope.start(_spec(each, network))
        except EngineRefused as err:
            told[each.name] = refused_service(each, scrub(refusal(err), hidden))
        else:
            begun.append(Begun(service=each, container=container, at=clock.monotonic()))
    told |= await_services(begun, hidden, clock)
    return tuple(told[each.name] for each in services)


def _fetch(images: ImageStore, reference: str) -> str | None:
    """Have the engine fetch an image that it lacks; say why it cannot."""
    if images.exists(reference):
        return None
    try:
        Registry(engine=images.engine).pull(reference)
    except (BaseImageNotFound, RegistryUnanswered) as err:
        return wording.line(err.found or err.what)
    except EngineRefused as err:
        return wording.line(err.problem)
    return None


def _spec(service: Service, network: str) -> ContainerSpec:
    ready = service.ready
    return ContainerSpec(
        image=service.image,
        environment=service.environment,
        command=service.command,
        network=network,
        hostname=service.name,
        publish=(ready.port,) if isinstance(ready, TakesConnections) else (),
    )


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A service whose container was started."""

    service: Service
    container: RunningContainer
    at: float
    """The moment, on the monotonic clock."""


def await_services(
    begun: Sequence[Begun], hidden: tuple[str, ...], clock: Clock
) -> dict[str, ServiceFacts]:
    """Look at all of them in turn, until each is ready, has ended, or its time is up; by name.

    In turn, because each has its own time, and what one says is gone from the end of its
    output a moment later.

    Raises:
        EngineLost: the engine stopped answering.
    """
    told: dict[str, ServiceFacts] = {}
    while len(told) < len(begun):
        waiting = [each for each in begun if each.service.name not in told]
        for each in waiting:
            try:
                found = _look(each, hidden, clock)
            except EngineRefused as err:
                found = refused_service(each.service, scrub(refusal(err), hidden))
            if found is not None:
                told[each.service.name] = found
        if len(told) < len(begun):
            clock.sleep(poll_pause(clock.monotonic() - max(each.at for each in waiting)))
    return told


def _look(begun: Begun, hidden: tuple[str, ...], clock: Clock) -> ServiceFacts | None:
    """Give what came of it, once that is known."""
    service, container = begun.service, begun.container
    state = container.state()
    ready = state.running and bool(unless_ended(container, lambda: _is_ready(service, container)))
    age = clock.monotonic() - begun.at
    if not ready and state.running and age < service.within:
        return None
    return ServiceFacts(
        service=service,
        ready_after=age if ready else None,
        waited=age,
        state=state,
        output=scrub(legible(container.output()), hidden),
    )


def _is_ready(service: Service, container: RunningContainer) -> bool:
    match service.ready:
        case TakesConnections(port=port):
            return keeps_connections(*container.address(port))
        case CommandSucceeds(argv=argv):
            code, _ = container.execute(argv, _COMMAND_SECONDS)
            return code == 0
        case OutputSays(text=text):
            return text in container.output()
        case _:
            assert_never(service.ready)
