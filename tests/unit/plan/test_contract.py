"""The runtime contract: what the image promises, what it demands, and what "ready" means."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from imagekit.image import LayerGroup
from imagekit.plan.contract import ALIVE_SECONDS, compose_contract
from imagekit.plan.runtime import (
    AliveReadiness,
    HttpReadiness,
    LogReadiness,
    Readiness,
    RuntimeContract,
)
from imagekit.project.model import Project
from imagekit.resolved import Resolved
from imagekit.settings.load import Settings
from tests.unit.plan.projects import (
    PLAIN,
    app,
    dependency,
    mix_assets,
    paths,
    phoenix_app,
    project,
    recipe,
    release,
    settings,
    umbrella,
    variable,
)

NOTHING = settings()


def contract(project: Project, given: Settings = NOTHING) -> RuntimeContract:
    return compose_contract(project, project.releases[0], given, recipe())


HTTP, LOG = HttpReadiness(path="/up"), LogReadiness(text="shop ready")
OWN = 'verify.release.shop.http = "/own"\n'


@pytest.mark.parametrize(
    ("text", "phoenix", "ready", "source"),
    [
        ('verify.http = "/up"\n' + OWN, True, HttpReadiness(path="/own"), "[verify.release.shop]"),
        ('verify.http = "/up"\n', True, HTTP, "imagekit.toml"),
        ('verify.log = "shop ready"\n', True, LOG, "imagekit.toml"),
        ('verify.release.other.http = "/own"\n', True, HttpReadiness(path="/"), "mix.exs"),
        ("", True, HttpReadiness(path="/"), "mix.exs: phoenix is a dependency"),
        ("", False, AliveReadiness(seconds=ALIVE_SECONDS), "default"),
    ],
    ids=["own", "http", "log", "another's own", "Phoenix", "nothing"],
)
def test_the_most_particular_word_on_readiness_wins(
    text: str, phoenix: bool, ready: Readiness, source: str
) -> None:
    found = contract(project(phoenix=phoenix), settings(text)).ready
    assert found.value == ready
    assert source in found.source


def test_an_http_release_has_a_port_and_is_told_it() -> None:
    found = contract(phoenix_app())
    assert found.port == Resolved(value=4000, source="recipe debian")
    assert ("PORT", "4000") in found.environment


def test_the_port_can_be_chosen() -> None:
    found = contract(phoenix_app(), settings("port = 8080\n"))
    assert found.port == Resolved(value=8080, source="imagekit.toml")
    assert ("PORT", "8080") in found.environment


@pytest.mark.parametrize("text", ["", 'verify.log = "shop ready"\nport = 8080\n'])
def test_a_release_without_http_has_no_port(text: str) -> None:
    found = contract(project(), settings(text))
    assert found.port is None
    assert "PORT" not in dict(found.environment)


def test_phx_server_is_set_where_runtime_configuration_reads_it() -> None:
    assert dict(contract(phoenix_app()).environment)["PHX_SERVER"] == "true"
    assert "PHX_SERVER" not in dict(contract(project()).environment)


def test_the_environment_of_the_recipe_is_kept_and_sorted() -> None:
    found = contract(phoenix_app()).environment
    changed = recipe().runtime.model_copy(update={"environment": {"TZ": "UTC", "LANG": "C"}})
    own = recipe().model_copy(update={"runtime": changed})
    mine = compose_contract(phoenix_app(), phoenix_app().releases[0], NOTHING, own).environment
    assert dict(mine) == {**dict(found), "TZ": "UTC", "LANG": "C"}
    assert list(found) == sorted(found)


def test_only_required_variables_are_demanded() -> None:
    shop = project(environment=(variable("A"), variable("B", required=True)))
    assert [each.name for each in contract(shop).required] == ["B"]


@pytest.mark.parametrize(("tool", "command"), [("mix", "start"), ("distillery", "foreground")])
def test_the_release_is_started_as_its_tool_does(tool: str, command: str) -> None:
    found = contract(project(release_tool=tool))
    assert found.entrypoint == ("/app/bin/shop",)
    assert found.command == (command,)


def test_the_user_is_a_number() -> None:
    found = contract(project())
    assert (found.user, found.group, found.stop_signal) == (65532, 65532, "SIGTERM")


ERTS, DEPS, ASSETS, APP = LayerGroup.ERTS, LayerGroup.DEPS, LayerGroup.ASSETS, LayerGroup.APP
BY_PATH = (dependency("money", "path", path=PurePosixPath("libs/money")),)


@pytest.mark.parametrize(
    ("shop", "groups"),
    [
        (project(), (ERTS, DEPS, APP)),
        (phoenix_app(), (ERTS, DEPS, ASSETS, APP)),
        (phoenix_app(assets=(mix_assets(),)), (ERTS, DEPS, ASSETS, APP)),
        (project(dependencies=()), (ERTS, APP)),
        (project(dependencies=(dependency("x", "git"),)), (ERTS, DEPS, APP)),
        (project(dependencies=BY_PATH), (ERTS, APP)),
        (project(paths=paths(PLAIN + "priv/static/robots.txt")), (ERTS, DEPS, ASSETS, APP)),
    ],
    ids=["plain", "npm", "Mix", "no dependency", "git", "path", "plain static files"],
)
def test_only_groups_that_have_files_are_layers(
    shop: Project, groups: tuple[LayerGroup, ...]
) -> None:
    assert contract(shop).groups == groups


def test_the_assets_of_an_app_that_is_not_in_the_release_are_no_layer_of_it() -> None:
    mall = umbrella()
    jobs, web = mall.releases
    groups = {
        each.name: compose_contract(mall, each, NOTHING, recipe()).groups for each in (jobs, web)
    }
    assert ASSETS not in groups["jobs_release"]
    assert ASSETS in groups["web_release"]


def test_static_files_of_a_path_dependency_are_a_layer() -> None:
    static = paths(PLAIN + "libs/money/mix.exs libs/money/priv/static/coin.png")
    shop = project(dependencies=BY_PATH, paths=static)
    assert ASSETS in contract(shop).groups


def test_a_release_of_an_umbrella_without_the_web_app_is_not_asked_over_http() -> None:
    mall = umbrella(phoenix=True)
    assert contract(mall).entrypoint == ("/app/bin/jobs_release",)
    assert contract(mall).ready.value == AliveReadiness(seconds=ALIVE_SECONDS)


def test_a_release_with_another_name_than_its_app_is_started_by_its_own() -> None:
    shop = replace(project(), apps=(app("core"),), releases=(release("shop-eu", "core"),))
    assert contract(shop).entrypoint == ("/app/bin/shop-eu",)
