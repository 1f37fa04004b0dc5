"""Configuration files: when each is evaluated, and by which environment."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagekit.project.model import ConfigTime, Project
from imagekit.resolved import Resolved, Unknown
from tests.unit.project.trees import mix_exs, paths, read

IMPORT_ENVIRONMENT = 'import Config\nimport_config "#{config_env()}.exs"\n'


def files(project: Project) -> dict[str, tuple[str, str | None]]:
    return {str(each.path): (str(each.time), each.environment) for each in project.config}


def test_the_files_of_a_new_project() -> None:
    project = read(
        {
            "config/config.exs": IMPORT_ENVIRONMENT,
            "config/dev.exs": "import Config\n",
            "config/prod.exs": 'import Config\nimport_config "prod.secret.exs"\n',
            "config/prod.secret.exs": "import Config\n",
            "config/test.exs": "import Config\n",
            "config/runtime.exs": "import Config\n",
            "config/helper.exs": "defmodule Helper do\nend\n",
            "rel/env.exs": "1\n",
        }
    )
    assert files(project) == {
        "config/config.exs": ("compile", None),
        "config/dev.exs": ("compile", "dev"),
        "config/helper.exs": ("compile", None),
        "config/prod.exs": ("compile", "prod"),
        "config/prod.secret.exs": ("compile", "prod"),
        "config/runtime.exs": ("runtime", None),
        "config/test.exs": ("compile", "test"),
    }
    assert project.runtime_config == paths("config/runtime.exs")


def test_without_configuration_there_is_none() -> None:
    assert read().config == ()


def test_releases_exs_is_runtime_where_there_is_no_runtime_exs() -> None:
    both = {"config/releases.exs": "import Config\n", "config/runtime.exs": "import Config\n"}
    only = {"config/releases.exs": "import Config\n"}
    assert files(read(both))["config/releases.exs"] == ("compile", None)
    assert files(read(only))["config/releases.exs"] == ("runtime", None)


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ('runtime_config_path: "config/boot.exs"', "config/boot.exs"),
        ("runtime_config_path: false", None),
        ("include_erts: true", "config/runtime.exs"),
    ],
)
def test_a_release_may_name_its_runtime_configuration(option: str, expected: str | None) -> None:
    project = read(
        {"config/boot.exs": "import Config\n", "config/runtime.exs": "import Config\n"},
        project=f"releases: [shop: [{option}]]",
    )
    assert project.runtime_config == (() if expected is None else paths(expected))


def test_config_path_moves_everything() -> None:
    project = read(
        {"conf/main.exs": IMPORT_ENVIRONMENT, "conf/prod.exs": "1\n", "conf/runtime.exs": "1\n"},
        project='config_path: "conf/main.exs"',
    )
    assert files(project) == {
        "conf/main.exs": ("compile", None),
        "conf/prod.exs": ("compile", "prod"),
        "conf/runtime.exs": ("runtime", None),
    }


UMBRELLA = {
    "mix.exs": mix_exs('apps_path: "apps"', app=""),
    "apps/web/mix.exs": mix_exs(app="web"),
    "apps/core/mix.exs": mix_exs(app="core"),
    "apps/web/config/config.exs": 'use Mix.Config\nimport_config "#{Mix.env}.exs"\n',
    "apps/web/config/prod.exs": "use Mix.Config\n",
    "apps/web/config/dev.exs": "use Mix.Config\n",
}


@pytest.mark.parametrize(
    "importing",
    [
        'import_config "../apps/*/config/config.exs"',
        'import_config "../apps/web/config/config.exs"',
        'for app <- ~w(web), do: import_config "../apps/#{app}/config/config.exs"',
        'for file <- Path.wildcard("../apps/*/config/config.exs"), do: import_config file',
    ],
)
def test_an_umbrella_may_import_the_configuration_of_its_children(importing: str) -> None:
    project = read(UMBRELLA | {"config/config.exs": f"use Mix.Config\n{importing}\n"})
    assert files(project) == {
        "apps/web/config/config.exs": ("compile", None),
        "apps/web/config/dev.exs": ("compile", "dev"),
        "apps/web/config/prod.exs": ("compile", "prod"),
        "config/config.exs": ("compile", None),
    }


def test_configuration_of_children_that_nothing_imports_is_not_in_force() -> None:
    assert files(read(UMBRELLA | {"config/config.exs": "import Config\n"})) == {
        "config/config.exs": ("compile", None)
    }


def test_files_that_import_each_other_end() -> None:
    project = read(
        {
            "config/config.exs": 'import_config "a.exs"\n',
            "config/a.exs": 'import_config "config.exs"\nimport_config "*.exs"\n',
        }
    )
    assert len(project.config) == 2


FORCED = {
    "force_ssl: [hsts: true]": True,
    "force_ssl: true": True,
    "force_ssl: false": False,
    "force_ssl: nil": False,
    "url: [host: 1]": False,
    "force_ssl: options()": None,
}


@pytest.mark.parametrize("option", FORCED)
def test_force_ssl_of_production_is_told(option: str) -> None:
    code = f"import Config\nconfig :shop, ShopWeb.Endpoint,\n  {option}\n"
    project = read({"config/config.exs": IMPORT_ENVIRONMENT, "config/prod.exs": code})
    tls = project.apps[0].force_tls
    if FORCED[option] is None:
        assert isinstance(tls, Unknown)
    else:
        assert isinstance(tls, Resolved)
        assert tls.value is FORCED[option]


def test_force_ssl_of_another_environment_or_app_does_not_count() -> None:
    code = 'import Config\nconfig :other, E, force_ssl: true\nimport_config "#{config_env()}.exs"'
    dev = "import Config\nconfig :shop, E, force_ssl: true\n"
    project = read({"config/config.exs": code, "config/dev.exs": dev})
    assert project.apps[0].force_tls == Resolved(value=False, source="default")


def test_force_ssl_under_a_condition_is_unknown() -> None:
    code = "if a() do\nconfig :shop, E, force_ssl: true\nend\n"
    tls = read({"config/config.exs": code}).apps[0].force_tls
    assert isinstance(tls, Unknown)
    assert tls.source == "config/config.exs:2"


def test_the_model_tells_runtime_files_by_time() -> None:
    (file,) = read({"config/runtime.exs": "1\n"}).config
    assert file.time is ConfigTime.RUNTIME
    assert file.path == PurePosixPath("config/runtime.exs")
