"""No value of a project, a setting or a recipe adds an instruction, a word or a shell command."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, Final

import pytest
from dockerfile_parse import DockerfileParser
from hypothesis import assume, given
from hypothesis import settings as examples
from pydantic import ValidationError

from imagekit import eject
from imagekit.errors import ConfigurationError, InvalidValue, ProjectError
from imagekit.plan.compose import compose
from imagekit.plan.context import ANYWHERE
from imagekit.plan.model import Plan
from imagekit.project.model import Project
from imagekit.recipe.schema import Recipe
from imagekit.resolved import Resolved
from tests.unit.dockerfile.buildkit import Node, parse
from tests.unit.dockerfile.reading import check_shell
from tests.unit.dockerfile.texts import any_text
from tests.unit.plan.projects import (
    PLAIN,
    app,
    dependency,
    mix_assets,
    npm_assets,
    paths,
    phoenix_app,
    project,
    recipe,
    release,
    said,
    settings,
    umbrella,
    versions,
)

STAGE: Final[dict[str, Any]] = {"name": "runtime", "base": "runtime", "steps": ["contract"]}
HARMLESS: Final = "harmless"


def of(project: Project, **flags: Any) -> Plan:
    return compose(project, settings(**flags), recipe())


def with_file(path: str) -> Project:
    """A project with one file more."""
    return project(paths=(*paths(PLAIN), PurePosixPath(path)))


def with_child(path: str) -> Project:
    """An umbrella whose one child, static files and npm assets included, is in a folder."""
    files = ("mix.exs", "lib/x.ex", "priv/static/x.png", "assets/js/x.js", "assets/package.json")
    inside = tuple(PurePosixPath(path, name) for name in files)
    return umbrella(
        apps=(app("web", path),),
        releases=(release("web"),),
        dependencies=(dependency("jason"),),
        assets=(npm_assets(f"{path}/assets", "web"),),
        paths=(*paths("mix.exs mix.lock"), *inside),
    )


def with_recipe(*keys: str, value: Any) -> Plan:
    """A user's own recipe with one value of their own."""
    tree: dict[str, Any] = recipe().model_dump()
    inner = tree
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    try:
        mine = Recipe.model_validate(tree)
    except ValidationError as err:
        raise InvalidValue(file="recipe", key=".".join(keys), problem="refused") from err
    return compose(phoenix_app(), settings(), mine)


PLACES: Final[dict[str, Callable[[str], Plan]]] = {
    "name of a release": lambda t: of(project(releases=(release(t, "shop"),))),
    "name of a Distillery release": lambda t: of(
        project(
            releases=(release(t, "shop"),),
            release_tool="distillery",
            dependencies=(dependency("distillery", version=said("2.1.1")),),
            prune_code_paths=Resolved(value=False, source="mix.exs"),
        )
    ),
    "name of an app": lambda t: of(project(apps=(app(t),), releases=(release("shop", t),))),
    "version of an app": lambda t: of(project(apps=(app(version=said(t)),))),
    "folder of a child": lambda t: of(with_child(f"apps/{t}")),
    "folder of all apps": lambda t: of(with_child(f"a{t}/web")),
    "name of a path dependency": lambda t: of(
        project(dependencies=(dependency(t, "path", path=PurePosixPath("libs/x")),))
    ),
    "a file at the root": lambda t: of(with_file(f"x{t.replace('/', '')}")),
    "a folder at the root": lambda t: of(with_file(f"x{t}/y")),
    "a file in rel": lambda t: of(with_file(f"rel/{t}")),
    "npm script": lambda t: of(phoenix_app(assets=(npm_assets(script=said(t)),))),
    "npm output": lambda t: of(phoenix_app(assets=(npm_assets(output=PurePosixPath("x", t)),))),
    "imported dependency": lambda t: of(phoenix_app(assets=(npm_assets(dependencies_used=(t,)),))),
    "Mix task of assets": lambda t: of(phoenix_app(assets=(mix_assets(task=t),))),
    "Mix task of the digest": lambda t: of(phoenix_app(digest_task=said(t))),
    "version of Elixir": lambda t: of(project(versions=versions(elixir=t))),
    "version of Node": lambda t: of(phoenix_app(versions=versions(node=t))),
    "setting release": lambda t: of(project(), release=t),
    "setting elixir": lambda t: of(project(), elixir=t),
    "setting node": lambda t: of(phoenix_app(), node=t),
    "setting build.packages": lambda t: of(project(), **{"build.packages": (t,)}),
    "setting build.runtime_packages": lambda t: of(project(), **{"build.runtime_packages": (t,)}),
    "setting assets.script": lambda t: of(phoenix_app(), **{"assets.script": t}),
    "setting assets.digest": lambda t: of(phoenix_app(), **{"assets.digest": t}),
    "setting verify.http": lambda t: of(project(), **{"verify.http": f"/{t}"}),
    "recipe name": lambda t: with_recipe("name", value=t),
    "recipe runtime.base": lambda t: with_recipe("runtime", "base", value=t),
    "recipe runtime.root": lambda t: with_recipe("runtime", "root", value=f"/{t}"),
    "recipe runtime.packages": lambda t: with_recipe("runtime", "packages", value=(t,)),
    "recipe runtime.stop_signal": lambda t: with_recipe("runtime", "stop_signal", value=t),
    "recipe runtime.environment": lambda t: with_recipe("runtime", "environment", "A", value=t),
    "recipe variable": lambda t: with_recipe("runtime", "environment", t, value="x"),
    "recipe image": lambda t: with_recipe("toolchain", "image", "elixir", value=t),
    "recipe image of Node": lambda t: with_recipe("toolchain", "image", "node", value=f"node:{t}"),
    "recipe versions": lambda t: with_recipe("toolchain", "image", "versions", "otp", value=t),
    "recipe stage": lambda t: with_recipe("stage", value=[{**STAGE, "name": t}]),
}


def shape(text: str) -> list[tuple[str, int]]:
    """The instructions, and of each how many words it has; both readers agree on them."""
    nodes = parse(text)
    structure = DockerfileParser(fileobj=BytesIO(text.encode())).structure
    others = [part["instruction"] for part in structure if part["instruction"] != "COMMENT"]
    assert [node.keyword for node in nodes] == others
    for node in nodes:
        if node.keyword == "RUN":
            check_shell(node)
    return [(node.keyword, len(words(node))) for node in nodes]


def words(node: Node) -> list[Any]:
    match node.keyword:
        case "RUN":
            return [*node.flags, *shlex.split(node.rest)]
        case "COPY":
            return [*node.flags, *node.paths]
        case "ENV" | "LABEL":
            return node.pairs
        case "CMD" | "ENTRYPOINT":
            assert node.array is not None
            return node.array
        case _:
            return shlex.split(node.rest)


def rendered(place: str, text: str) -> str | None:
    """The Dockerfile; `None` where an error of the catalogue refuses the text."""
    try:
        files = eject.files(PLACES[place](text))
    except (ConfigurationError, ProjectError):
        return None
    return files[eject.DOCKERFILE]


def means_something(text: str) -> bool:
    """Whether the text keeps a file out of the build, is a folder of Mix's, or a stage."""
    special = {*ANYWHERE, "test", "deps", "doc", "cover", "rel", "priv", "config", "scratch"}
    return not special.isdisjoint(PurePosixPath(text).parts) or not text.strip("/. ")


@pytest.mark.parametrize("place", PLACES)
@examples(deadline=None, max_examples=20)
@given(text=any_text)
def test_the_same_instructions_as_with_a_harmless_value(place: str, text: str) -> None:
    assume(not means_something(text))
    found = rendered(place, text)
    if found is not None:
        assert shape(found) == shape(usual(place))


USUAL: Final = {
    "version of Elixir": "1.18.3",
    "version of Node": "22.11.0",
    "setting release": "shop",
    "setting elixir": "1.18.3",
    "setting node": "22.11.0",
    "recipe runtime.stop_signal": "SIGINT",
}


def usual(place: str) -> str:
    found = rendered(place, USUAL.get(place, HARMLESS))
    assert found is not None
    return found


@pytest.mark.parametrize("place", PLACES)
def test_a_usual_value_gets_through(place: str) -> None:
    assert shape(usual(place))
