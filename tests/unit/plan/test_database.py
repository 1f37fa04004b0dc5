"""Which database a release speaks to, and how it is migrated."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from imagekit.plan.contract import compose_contract
from imagekit.plan.database import camelize
from imagekit.plan.runtime import RuntimeContract
from imagekit.project.model import Project
from tests.unit.plan.projects import (
    app,
    dependency,
    paths,
    project,
    recipe,
    release,
    settings,
    variable,
)

URL = variable("DATABASE_URL")


def contract(of: Project) -> RuntimeContract:
    return compose_contract(of, of.releases[0], settings(), recipe())


def ecto(*names: str, **changes: Any) -> Project:
    """A project that declares these dependencies and reads DATABASE_URL."""
    values: dict[str, Any] = {
        "apps": (app(dependencies=names),),
        "dependencies": tuple(dependency(name) for name in names),
        "environment": (URL,),
    }
    return project(**{**values, **changes})


def test_postgrex_is_postgresql() -> None:
    found = contract(ecto("ecto_sql", "postgrex")).database
    assert found is not None
    assert (found.value, found.source) == ("postgresql", "mix.exs: postgrex is a dependency")


def test_a_library_may_bring_it() -> None:
    brought = dependency("postgrex", direct=False)
    found = contract(ecto("our_repo", dependencies=(dependency("our_repo"), brought)))
    assert found.database is not None
    assert "dependency of a dependency" in found.database.source


@pytest.mark.parametrize(
    "of",
    [
        ecto("ecto_sql", "myxql"),
        ecto("ecto_sql"),
        ecto("ecto_sql", "postgrex", environment=()),
        ecto("x", dependencies=(dependency("postgrex", direct=False, environments=("test",)),)),
    ],
    ids=["MySQL", "no driver", "no DATABASE_URL", "in tests"],
)
def test_no_other_does(of: Project) -> None:
    found = contract(of)
    assert (found.database, found.migrate) == (None, None)


def test_an_umbrella_has_it_for_the_releases_that_have_it() -> None:
    of = ecto(
        shape="umbrella",
        apps=(
            app("core", "apps/core", dependencies=("ecto_sql", "postgrex")),
            app("jobs", "apps/jobs"),
        ),
        releases=(release("shop", "core", "jobs"), release("jobs", "jobs")),
        paths=paths("apps/core/lib/core/release.ex"),
    )
    with_it, without = (compose_contract(of, each, settings(), recipe()) for each in of.releases)
    assert with_it.migrate is not None
    assert with_it.migrate.value == ("/app/bin/shop", "eval", "Core.Release.migrate()")
    assert with_it.migrate.source == "apps/core/lib/core/release.ex"
    assert (without.database, without.migrate) == (None, None)


@pytest.mark.parametrize(
    ("files", "command"),
    [
        (
            ("rel/overlays/bin/migrate", "lib/shop/release.ex"),
            ("/app/bin/migrate",),
        ),
        (("lib/shop/release.ex",), ("/app/bin/shop", "eval", "Shop.Release.migrate()")),
        (("lib/shop/repo.ex",), None),
    ],
    ids=["script", "function", "none"],
)
def test_it_is_migrated_as_phoenix_generates_it(
    files: tuple[str, ...], command: tuple[str, ...] | None
) -> None:
    found = contract(ecto("postgrex", paths=tuple(map(PurePosixPath, files)))).migrate
    assert (found.value if found else None) == command


@pytest.mark.parametrize(
    ("name", "module"), [("shop", "Shop"), ("my_app", "MyApp"), ("a_1b", "A1b"), ("myApp", "MyApp")]
)
def test_the_module_of_an_app(name: str, module: str) -> None:
    assert camelize(name) == module
