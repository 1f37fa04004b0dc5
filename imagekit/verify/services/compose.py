"""Which services an image is verified beside: those of the settings, and the plan's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from imagekit.plan.contract import WELL_KNOWN
from imagekit.plan.database import DATABASE_VARIABLE
from imagekit.plan.runtime import Database
from imagekit.resolved import Resolved
from imagekit.settings.load import Settings
from imagekit.settings.schema.base import Generate
from imagekit.settings.schema.services import PLACEHOLDER, ServiceReadiness, ServiceSettings
from imagekit.verify.secrets import RandomText, secret_parts
from imagekit.verify.services.model import (
    CommandSucceeds,
    OutputSays,
    Service,
    ServiceReady,
    TakesConnections,
)

DATABASES: Final[Mapping[Database, ServiceSettings]] = {
    "postgresql": ServiceSettings(
        name="postgres",
        image="postgres:17",
        port=5432,
        env={"POSTGRES_DB": "verification", "POSTGRES_PASSWORD": Generate(generate=32)},
        # Over TCP: while it makes its files, the official image has a server on a socket.
        ready=ServiceReadiness(command=("pg_isready", "--host", "127.0.0.1")),
        provides={
            DATABASE_VARIABLE: "ecto://postgres:{POSTGRES_PASSWORD}@{host}:{port}/verification"
        },
    )
}
"""What is started for a project that names none of its own."""


def compose_services(
    settings: Settings, database: Resolved[Database] | None, random: RandomText
) -> tuple[Service, ...]:
    """Give the services, secrets made and placeholders filled in.

    The database that the dependencies name is added unless `DATABASE_URL` is given.
    """
    verify = settings.values.verify
    source = settings.sources.get("verify.service", "imagekit.toml")
    asked = tuple(_service(each, source, random) for each in verify.service)
    given = {*verify.env, *(name for each in asked for name in each.provides)}
    if database is None or DATABASE_VARIABLE in given:
        return asked
    found = DATABASES[database.value]
    taken = {each.name for each in asked}
    name = next(n for n in (found.name, "verification-database", "x") if n not in taken)
    own = _service(found.model_copy(update={"name": name}), database.source, random)
    fallback = {DATABASE_VARIABLE: str(WELL_KNOWN[DATABASE_VARIABLE])}
    return (*asked, replace(own, instead=fallback))


def _service(settings: ServiceSettings, source: str, random: RandomText) -> Service:
    environment = {
        name: random(value.generate) if isinstance(value, Generate) else value
        for name, value in sorted(settings.env.items())
    }
    values = {"host": settings.name, **environment}
    if settings.port is not None:
        values["port"] = str(settings.port)
    provides = {
        name: PLACEHOLDER.sub(lambda found: values[found[1]], text)
        for name, text in sorted(settings.provides.items())
    }
    generated = (
        environment[name] for name, value in settings.env.items() if isinstance(value, Generate)
    )
    return Service(
        name=settings.name,
        image=settings.image,
        environment=environment,
        command=settings.command or None,
        ready=_ready(settings),
        provides=provides,
        hidden=(*generated, *secret_parts(environment), *secret_parts(provides)),
        within=settings.within,
        source=source,
    )


def _ready(settings: ServiceSettings) -> ServiceReady:
    ready = settings.ready or ServiceReadiness(port=settings.port)
    if ready.command:
        return CommandSucceeds(argv=ready.command)
    if ready.log is not None:
        return OutputSays(text=ready.log)
    assert ready.port is not None  # noqa: S101 - the schema lets exactly one be set
    return TakesConnections(port=ready.port)
