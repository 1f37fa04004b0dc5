"""Effect: services are fetched, started and awaited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from imagekit.engine.container import Container, ContainerSpec
from imagekit.engine.images import ImageStore
from imagekit.engine.registry import Registry
from imagekit.engine.scope import RunScope
from imagekit.errors import BaseImageNotFound, EngineRefused, RegistryUnanswered
from imagekit.verify import wording
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
)
from imagekit.verify.watch import Clock

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
    absent = {each.name: _fetch(images, each.image) for each in services}
    started = {
        each.name: (scope.start(_spec(each, network)), clock.monotonic())
        for each in services
        if absent[each.name] is None
    }
    return tuple(
        ServiceFacts(service=each, ready_after=None, waited=0.0, absent=scrub(problem, hidden))
        if (problem := absent[each.name]) is not None
        else _await(each, *started[each.name], hidden, clock)
        for each in services
    )


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


def _await(
    service: Service, container: Container, begun: float, hidden: tuple[str, ...], clock: Clock
) -> ServiceFacts:
    while True:
        state = container.state()
        ready = state.running and _is_ready(service, container)
        age = clock.monotonic() - begun
        if ready or not state.running or age >= service.within:
            return ServiceFacts(
                service=service,
                ready_after=age if ready else None,
                waited=age,
                state=state,
                output=scrub(legible(container.output()), hidden),
            )
        clock.sleep(poll_pause(age))


def _is_ready(service: Service, container: Container) -> bool:
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
