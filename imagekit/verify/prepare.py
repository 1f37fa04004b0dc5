"""Effect: what happens before the boot: a network, the services on it, the migrations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from imagekit.engine.scope import RunScope
from imagekit.errors import EngineRefused
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import refusal, refused_boot
from imagekit.verify.model import Preparing, VerifyEvent
from imagekit.verify.services.model import Preparation, ServiceFacts, refused_service
from imagekit.verify.services.start import start_services
from imagekit.verify.timing import Stopwatch
from imagekit.verify.trial.attempt import Ground, attempt
from imagekit.verify.trial.compose import patient
from imagekit.verify.trial.model import AwaitEnd, Trial, TrialFacts
from imagekit.verify.watch import Clock

MIGRATE_SECONDS = 120.0


def prepare(
    scope: RunScope,
    reference: str,
    expected: Expectation,
    on_event: Callable[[VerifyEvent], None],
    watch: Stopwatch,
) -> tuple[Expectation, Preparation]:
    """Start the services and migrate; give the expectation of what boots beside them.

    Raises:
        EngineLost: the engine stopped answering.
    """
    clock = Clock()
    services: tuple[ServiceFacts, ...] = ()
    if expected.services:
        on_event(Preparing(what=tuple(each.image for each in expected.services)))
        try:
            expected = _on_a_network(scope, expected)
        except EngineRefused as err:
            problem = refusal(err)
            services = tuple(refused_service(each, problem) for each in expected.services)
            return expected, Preparation(services=services)
        with watch.part("services"):
            services = start_services(
                scope, expected.services, str(expected.network), expected.hidden, clock
            )
    prepared = Preparation(services=services)
    if not prepared.ready:
        return expected, prepared
    expected = without_absent(expected, services)
    if expected.migrate is None or prepared.left_out is not None:
        return expected, prepared
    ground = Ground(reference=reference, start=scope.start, remove=scope.remove, clock=clock)
    on_event(Preparing(what=(" ".join(expected.migrate.value),)))
    migrations: list[TrialFacts] = []
    for turn in ("first", "second")[: 1 if expected.quick else 2]:
        trial = Trial(
            name=f"migrate, {turn} time",
            expected=patient(expected),
            act=AwaitEnd(seconds=MIGRATE_SECONDS),
            command=expected.migrate.value,
        )
        with watch.part(trial.name):
            try:
                migrations.append(attempt(ground, trial))
            except EngineRefused as err:
                refused = refused_boot(err)
                migrations.append(TrialFacts(trial=trial, seconds=0.0, boot=refused))
        if migrations[-1].boot.state.exit_code != 0:
            break
    return expected, replace(prepared, migrations=tuple(migrations))


def _on_a_network(scope: RunScope, expected: Expectation) -> Expectation:
    """Make the network of all containers; replicas choose their addresses in it."""
    if expected.cluster.replicas is None or expected.quick:
        return replace(expected, network=scope.network("app"))
    try:
        network, subnet = scope.addressed_network("app")
    except EngineRefused:
        # The services may do without; the cluster's own try tells why it cannot.
        return replace(expected, network=scope.network("app"))
    return replace(expected, network=network, subnet=subnet)


def without_absent(expected: Expectation, services: tuple[ServiceFacts, ...]) -> Expectation:
    """Give the app other variables in place of what a service that is not here would provide."""
    instead = {
        name: value
        for each in services
        if each.left_out
        for name, value in (each.service.instead or {}).items()
        if expected.environment.get(name) == each.service.provides.get(name)
    }
    return replace(expected, environment={**expected.environment, **instead})
