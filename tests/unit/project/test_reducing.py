"""What in configuration does not reduce to what dependencies can see."""

from __future__ import annotations

import pytest

from imagekit.project.model import Project
from tests.unit.project.trees import mix_exs, read


def hindered(config: str, **more: str) -> list[tuple[str, str]]:
    files = {"config/config.exs": f"import Config\n{config}\n", **more}
    return [(each.reason, each.source) for each in read(files).irreducible]


@pytest.mark.parametrize(
    "value",
    ["fn -> 1 end", "%{a: [fn x -> x end]}", "&(&1 + 1)", "self()", "{make_ref(), 1}"],
)
def test_a_value_without_a_text_that_reads_back(value: str) -> None:
    assert hindered(f"\nconfig :plug, x: {value}") == [
        ("a value of :plug is a function, which does not read back", "config/config.exs:3")
    ]


@pytest.mark.parametrize(
    "config",
    [
        "config :plug, x: &String.upcase/1",
        "config :plug, x: ~r/a/, y: {1, [a: 2]}",
        "config :shop, x: fn -> 1 end",
        "if config_env() == :dev do\n  config :plug, x: fn -> 1 end\nend",
    ],
)
def test_what_reads_back_or_is_our_own_or_not_in_force(config: str) -> None:
    assert hindered(config) == []


def test_an_import_that_is_not_there() -> None:
    assert hindered('import_config "prod.secret.exs"') == [
        ("it imports prod.secret.exs, which is not there", "config/config.exs:2")
    ]
    only_dev = {"config/dev.exs": "import Config\n"}
    assert hindered('import_config "#{config_env()}.exs"', **only_dev) == [
        ("it imports prod.exs, which is not there", "config/config.exs:2")
    ]


@pytest.mark.parametrize(
    "config",
    [
        'if File.exists?("config/x.exs"), do: import_config("x.exs")',
        'import_config "../apps/*/config/config.exs"',
        'import_config "#{System.get_env("WHO")}.exs"',
        'if config_env() == :test, do: import_config("x.exs")',
    ],
)
def test_an_import_of_which_that_cannot_be_said(config: str) -> None:
    assert hindered(config) == []


def project(dependency: str) -> Project:
    return read({"mix.exs": mix_exs(f"deps: [{dependency}]")})


def test_icons_of_a_git_repository_depend_on_nothing() -> None:
    icons = '{:icons, github: "a/b", sparse: "optimized", app: false, compile: false}'
    assert [each.bare for each in project(icons).dependencies] == [True]
    assert [each.bare for each in project('{:lib, github: "a/b"}').dependencies] == [False]


def test_files_that_configuration_reads() -> None:
    text = 'import Config\nconfig :a, x: File.read!("priv/x.pem"), y: File.read!(path)\n'
    (found,) = read({"config/config.exs": text}).config_reads
    assert (found.value, found.source) == ("priv/x.pem", "config/config.exs:2")
