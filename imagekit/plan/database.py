"""The database that a release speaks to, and its command that migrates it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from imagekit.plan.runtime import Database
from imagekit.project.model import App, Project, Release
from imagekit.resolved import Resolved

DATABASE_VARIABLE: Final = "DATABASE_URL"
"""What `mix phx.new` has the release find its database by."""

_DRIVERS: Final[dict[str, Database]] = {"postgrex": "postgresql"}
"""Ecto's drivers. `ecto_sql` alone tells of none."""
_SCRIPT: Final = PurePosixPath("rel/overlays/bin/migrate")
"""Written by `mix phx.gen.release`; overlays are copied to the release's root."""


def find_database(project: Project, release: Release) -> Resolved[Database] | None:
    """Name the database that the release's dependencies speak to.

    `None` where the runtime configuration does not ask for `DATABASE_URL`: nothing could be
    given to it then.
    """
    if all(each.name != DATABASE_VARIABLE for each in project.environment):
        return None
    for driver, database in _DRIVERS.items():
        if any(driver in app.dependencies for app in _apps(project, release)):
            source = f"mix.exs: {driver} is a dependency"
            return Resolved(value=database, source=source)
        if project.shape == "app" and any(_brought(project, driver)):
            source = f"{project.lock_file}: {driver} is a dependency of a dependency"
            return Resolved(value=database, source=source)
    return None


def find_migration(
    project: Project, release: Release, root: PurePosixPath
) -> Resolved[tuple[str, ...]] | None:
    """Give the command as Phoenix generates it: a script, else a function of the app.

    Args:
        project: whose files tell.
        release: whose command it is.
        root: the release's folder in the image.
    """
    if _SCRIPT in project.paths:
        return Resolved(value=(str(root / "bin" / _SCRIPT.name),), source=str(_SCRIPT))
    for app in _apps(project, release):
        module = app.path / "lib" / app.name / "release.ex"
        if module in project.paths:
            call = f"{camelize(app.name)}.Release.migrate()"
            command = (str(root / "bin" / release.name), "eval", call)
            return Resolved(value=command, source=str(module))
    return None


def camelize(name: str) -> str:
    """Give the module that Mix names after an app: `my_app` is `MyApp`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _apps(project: Project, release: Release) -> Iterator[App]:
    return (app for app in project.apps if app.name in release.applications)


def _brought(project: Project, driver: str) -> Iterator[bool]:
    for each in project.dependencies:
        if each.name == driver and not each.direct:
            yield each.environments is None or "prod" in each.environments
