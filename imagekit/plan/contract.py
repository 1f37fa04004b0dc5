"""The runtime contract: user, port, command, environment, and what "ready" means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from imagekit.image import LayerGroup
from imagekit.plan.database import DATABASE_VARIABLE, find_database, find_migration
from imagekit.plan.policy import environment_of
from imagekit.plan.readiness import asked
from imagekit.plan.runtime import (
    AliveReadiness,
    HttpReadiness,
    OptionalVariable,
    Readiness,
    RequiredVariable,
    RuntimeContract,
)
from imagekit.project.model import Project, Release
from imagekit.recipe.schema import Recipe
from imagekit.resolved import Resolved
from imagekit.settings.load import Settings
from imagekit.settings.schema.base import Generate

ALIVE_SECONDS: Final = 3.0
"""How long a release without HTTP and without a log line must live to count as ready."""

WELL_KNOWN: Final[Mapping[str, str | Generate]] = {
    # Ecto connects in the background: nobody there keeps no release from booting.
    DATABASE_VARIABLE: "ecto://127.0.0.1/verification",
    # SQLite makes the file, and the folder is writable in every boot.
    "DATABASE_PATH": "/tmp/verification.db",  # noqa: S108 - in the container
    "PHX_HOST": "localhost",
    "SECRET_KEY_BASE": Generate(generate=64),
}
"""What a verification gives a release that needs it, when the user says nothing: Phoenix's own."""

_COMMANDS: Final = {"mix": "start", "distillery": "foreground"}


def compose_contract(
    project: Project, release: Release, settings: Settings, recipe: Recipe
) -> RuntimeContract:
    """Say what the image promises and demands."""
    ready = _readiness(project, release, settings)
    serves = isinstance(ready.value, HttpReadiness)
    port = _port(settings, recipe) if serves else None
    policy = recipe.runtime
    database = find_database(project, release)
    mix = project.release_tool == "mix"
    return RuntimeContract(
        root=policy.root,
        user=policy.user,
        group=policy.group,
        port=port,
        entrypoint=(str(policy.root / "bin" / release.name),),
        command=(_COMMANDS[project.release_tool],),
        environment=_environment(project, recipe, port),
        required=required_variables(project),
        optional=optional_variables(project),
        stop_signal=policy.stop_signal,
        ready=ready,
        groups=_groups(project, release),
        database=database,
        migrate=find_migration(project, release, policy.root) if database and mix else None,
    )


def required_variables(project: Project) -> tuple[RequiredVariable, ...]:
    """Give the variables that runtime configuration ends the boot without."""
    return tuple(
        RequiredVariable(name=each.name, source=each.source)
        for each in project.environment
        if each.required
    )


def optional_variables(project: Project) -> tuple[OptionalVariable, ...]:
    """Give those that it reads and does without."""
    return tuple(
        OptionalVariable(name=each.name, default=each.default, source=each.source)
        for each in project.environment
        if not each.required
    )


def _readiness(project: Project, release: Release, settings: Settings) -> Resolved[Readiness]:
    said = asked(settings, release.name)
    if said is not None:
        return said
    if _serves_phoenix(project, release):
        return Resolved(value=HttpReadiness(path="/"), source="mix.exs: phoenix is a dependency")
    return Resolved(value=AliveReadiness(seconds=ALIVE_SECONDS), source="default")


def _serves_phoenix(project: Project, release: Release) -> bool:
    """Tell whether Phoenix is in the release, and not only in another one of the umbrella."""
    if project.shape == "app":
        return project.phoenix
    return any(
        "phoenix" in app.dependencies for app in project.apps if app.name in release.applications
    )


def _port(settings: Settings, recipe: Recipe) -> Resolved[int]:
    chosen: Resolved[Any] | None = settings.resolved("port")
    return chosen or Resolved(value=recipe.runtime.port, source=f"recipe {recipe.name}")


def _environment(
    project: Project, recipe: Recipe, port: Resolved[int] | None
) -> tuple[tuple[str, str], ...]:
    policy = environment_of(recipe.runtime.policy, project.release_tool)
    values = policy | recipe.runtime.environment
    if port is not None:
        values["PORT"] = str(port.value)
    if any(each.name == "PHX_SERVER" for each in project.environment):
        values["PHX_SERVER"] = "true"
    return tuple(sorted(values.items()))


def _groups(project: Project, release: Release) -> tuple[LayerGroup, ...]:
    fetched = any(each.scm in ("hex", "git") for each in project.dependencies)
    wanted = {
        LayerGroup.ERTS: True,
        LayerGroup.DEPS: fetched,
        LayerGroup.ASSETS: has_static_files(project, release),
        LayerGroup.APP: True,
    }
    return tuple(group for group, present in wanted.items() if present)


def has_static_files(project: Project, release: Release) -> bool:
    """Tell whether the release carries static files, built or plain, of one of its apps."""
    apps = {app.name: app.path for app in project.apps if app.name in release.applications}
    local = {each.path for each in project.dependencies if each.scm == "path" and each.path}
    built = any(each.app in apps for each in project.assets)
    plain = any(
        path.is_relative_to(root / "priv/static")
        for root in {*apps.values(), *local}
        for path in project.paths
    )
    return built or plain
