"""The project's own apps, as Mix finds them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from imagekit.errors import ProjectNotRecognised, ProjectNotSupported
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.resolved import Resolved, Unknown
from tests.unit.project.trees import mix_exs, paths, read

UMBRELLA = mix_exs('apps_path: "apps"', app="")


def apps(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(app.name, str(app.path)) for app in read(files).apps]


def test_a_plain_app_is_its_own_only_one() -> None:
    project = read(
        project='elixir: "~> 1.15", aliases: aliases()',
        body="def application, do: [extra_applications: [:ssl, :logger], mod: {A, []}]\n"
        'defp aliases, do: [setup: ["deps.get"], "assets.deploy": ["phx.digest"]]',
    )
    (app,) = project.apps
    assert (project.name, project.shape, app.name, app.path) == (
        "shop",
        "app",
        "shop",
        PurePosixPath(),
    )
    assert app.version == Resolved(value="0.1.0", source="mix.exs:7")
    assert app.elixir == Resolved(value="~> 1.15", source="mix.exs:8")
    assert app.aliases == project.aliases == ("assets.deploy", "setup")
    assert app.extra_applications == ("logger", "ssl")


def test_children_are_the_folders_with_a_mix_exs() -> None:
    files = {
        "mix.exs": UMBRELLA,
        "apps/web/mix.exs": mix_exs(app="web"),
        "apps/core/mix.exs": mix_exs(app="core"),
        "apps/notes/README.md": "",
        "apps/README.md": "",
        "apps/group/deep/mix.exs": mix_exs(app="deep"),
    }
    assert apps(files) == [("core", "apps/core"), ("web", "apps/web")]


def test_apps_restricts_the_children() -> None:
    files = {
        "mix.exs": mix_exs('apps_path: "apps", apps: [:web, :gone]', app=""),
        "apps/web/mix.exs": mix_exs(app="web"),
        "apps/core/mix.exs": "not even read (",
    }
    assert apps(files) == [("web", "apps/web")]


def test_computed_apps_may_be_any_of_the_children() -> None:
    files = {
        "mix.exs": mix_exs('apps_path: "apps", apps: chosen(System.get_env("APPS"))', app=""),
        "apps/web/mix.exs": mix_exs(app="web"),
        "apps/core/mix.exs": mix_exs(app="core"),
    }
    assert len(apps(files)) == 2
    assert [each.source for each in read(files).unknowns] == ["mix.exs:8"]


def test_an_umbrella_may_hold_an_umbrella() -> None:
    files = {
        "mix.exs": mix_exs('apps_path: "backend/apps"', app=""),
        "backend/apps/web/mix.exs": mix_exs(app="web"),
        "backend/apps/billing/mix.exs": mix_exs('apps_path: "parts"', app=""),
        "backend/apps/billing/parts/tax/mix.exs": mix_exs(
            app="tax", deps="{:ledger, in_umbrella: true}"
        ),
        "backend/apps/billing/parts/ledger/mix.exs": mix_exs(app="ledger"),
    }
    assert apps(files) == [
        ("ledger", "backend/apps/billing/parts/ledger"),
        ("tax", "backend/apps/billing/parts/tax"),
        ("web", "backend/apps/web"),
    ]
    (ledger,) = read(files).dependencies
    assert ledger.path == PurePosixPath("backend/apps/billing/parts/ledger")


def test_umbrellas_that_hold_each_other_end() -> None:
    files = {
        "mix.exs": UMBRELLA,
        "apps/a/mix.exs": mix_exs('apps_path: ".."', app=""),
        "apps/b/mix.exs": mix_exs('apps_path: ".."', app=""),
        "apps/c/mix.exs": mix_exs(app="c"),
    }
    assert apps(files) == [("c", "apps/c")]


def test_a_child_with_a_computed_name_has_that_of_its_folder() -> None:
    child = mix_exs("app: name()", app="").replace("deps: deps()", "version: version()")
    files = {"mix.exs": UMBRELLA, "apps/web/mix.exs": child}
    assert apps(files) == [("web", "apps/web")]
    assert isinstance(read(files).apps[0].version, Unknown)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("Shop.MixProject", "shop"),
        ("Shop.Umbrella.MixProject", "shop_umbrella"),
        ("BlockScout.Mixfile", "block_scout"),
        ("HTTPTools.MixProject", "httptools"),
    ],
)
def test_an_umbrella_is_named_by_its_module(module: str, name: str) -> None:
    text = UMBRELLA.replace("Shop.MixProject", module)
    project = read({"mix.exs": text, "apps/web/mix.exs": mix_exs(app="web")})
    assert (project.name, project.shape) == (name, "umbrella")


def test_a_version_that_is_no_string_is_unknown() -> None:
    project = read({"mix.exs": mix_exs().replace('"0.1.0"', "1.0")})
    assert project.apps[0].version == Unknown(reason="it is not a string", source="mix.exs:7")
    project = read({"mix.exs": mix_exs().replace('"0.1.0"', "nil")})
    assert project.apps[0].version == Unknown(reason="mix.exs sets no `version:`", source="mix.exs")


NOT_SUPPORTED = {
    "nothing at all": "",
    "no module": "IO.puts(1)\n",
    "a module that is no project": "defmodule A do\nend\n",
    "no project function": "defmodule A do\n use Mix.Project\nend\n",
    "no app": 'defmodule A do\n use Mix.Project\n def project, do: [version: "1"]\nend\n',
    "a computed app": "defmodule A do\n use Mix.Project\n def project, do: [app: name()]\nend\n",
    "a computed project": "defmodule A do\n use Mix.Project\n def project, do: B.project()\nend\n",
    "an empty umbrella": UMBRELLA,
    "apps outside": mix_exs('apps_path: "../apps"', app=""),
    "apps at the root": mix_exs('apps_path: "."', app=""),
}


def test_an_umbrella_cannot_have_its_apps_outside() -> None:
    with pytest.raises(ProjectNotSupported) as raised:
        read({"mix.exs": NOT_SUPPORTED["apps outside"]})
    assert "leads out of the project" in raised.value.shape


@pytest.mark.parametrize("name", NOT_SUPPORTED)
def test_a_mix_exs_that_is_no_project_is_said_as_such(name: str) -> None:
    with pytest.raises(ProjectNotSupported) as raised:
        read({"mix.exs": NOT_SUPPORTED[name]})
    assert raised.value.file == "mix.exs"
    assert raised.value.advice


def test_a_tree_without_mix_exs_is_no_project() -> None:
    with pytest.raises(ProjectNotRecognised) as raised:
        read_project(SourceTree.of({"README.md": "", "lib/a.ex": ""}))
    assert raised.value.saw == ("README.md", "lib")


def test_what_could_not_be_read_is_told() -> None:
    tree = SourceTree(
        paths=paths("mix.exs"),
        texts={PurePosixPath("mix.exs"): mix_exs()},
        unreadable={PurePosixPath("priv/keys"): "permission denied"},
    )
    assert read_project(tree).unknowns == (Unknown(reason="permission denied", source="priv/keys"),)


def test_a_link_to_a_folder_in_the_tree_is_a_child(tmp_path: Path) -> None:
    for name, text in {"mix.exs": UMBRELLA, "shared/web/mix.exs": mix_exs(app="web")}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps/web").symlink_to("../shared/web")
    (app,) = read_project(SourceTree.read(tmp_path)).apps
    assert (app.name, app.path) == ("web", PurePosixPath("apps/web"))
