"""Versions of Elixir, OTP and Node: the most exact source wins."""

from __future__ import annotations

import pytest

from imagekit.errors import UnreadableConfiguration
from imagekit.project.model import Versions
from imagekit.resolved import Maybe, Resolved, Unknown
from tests.unit.project.trees import mix_exs, read

Expected = tuple[str, str] | None


def told(version: Maybe[str]) -> Expected:
    return (version.value, version.source) if isinstance(version, Resolved) else None


CASES: dict[str, tuple[dict[str, str], tuple[Expected, Expected, Expected]]] = {
    "nothing": ({}, (None, None, None)),
    "mix.exs": (
        {"mix.exs": mix_exs('elixir: "~> 1.15"')},
        (("~> 1.15", "mix.exs:8"), None, None),
    ),
    ".tool-versions": (
        {
            "mix.exs": mix_exs('elixir: "~> 1.15"'),
            ".tool-versions": "# tools\n\nerlang 27.3.4 26.2 # newest first\nelixir 1.18.3-otp-27\n"
            "nodejs 22.11.0\nruby 3.3\nbroken\nerlang\n",
        },
        (
            ("1.18.3", ".tool-versions:4"),
            ("27.3.4", ".tool-versions:3"),
            ("22.11.0", ".tool-versions:5"),
        ),
    ),
    "an Elixir that names its OTP": (
        {".tool-versions": "elixir 1.18.3-otp-27\n"},
        (("1.18.3", ".tool-versions:1"), ("27", ".tool-versions:1"), None),
    ),
    "mise.toml": (
        {
            "mise.toml": '[tools]\nelixir = ["1.17.2", "1.16"]\nerlang = {version = "27"}\n'
            'node = "prefix:22"\nruby = "3"\npython = 3\n'
        },
        (
            ("1.17.2", "mise.toml [tools] elixir"),
            ("27", "mise.toml [tools] erlang"),
            ("22", "mise.toml [tools] node"),
        ),
    ),
    "a hidden mise.toml": (
        {".mise.toml": '[tools]\n"core:erlang" = "26"\n'},
        (None, ("26", ".mise.toml [tools] core:erlang"), None),
    ),
    ".tool-versions before mise.toml": (
        {".tool-versions": "elixir 1.18.3\n", "mise.toml": '[tools]\nelixir = "1.17"\n'},
        (("1.18.3", ".tool-versions:1"), None, None),
    ),
    "a mise.toml without tools": ({"mise.toml": 'tools = 1\n[env]\nA = "b"\n'}, (None, None, None)),
    "bytes that are no text": (
        {".tool-versions": "elixir 1.1\udcff\n"},
        (("1.1\N{REPLACEMENT CHARACTER}", ".tool-versions:1"), None, None),
    ),
    ".nvmrc": ({".nvmrc": "v20.1.0\n"}, (None, None, ("20.1.0", ".nvmrc:1"))),
    "a comment and an alias in .nvmrc": (
        {".nvmrc": "# ours\nstable\n", ".node-version": ">= 20.0.0 < 23 # both\n"},
        (None, None, (">= 20.0.0 < 23", ".node-version:1")),
    ),
    ".node-version": ({".node-version": "20\n"}, (None, None, ("20", ".node-version:1"))),
    "an empty .nvmrc": (
        {".nvmrc": "\n", ".node-version": "20"},
        (None, None, ("20", ".node-version:1")),
    ),
    "engines": (
        {"assets/package.json": '{"engines": {"node": ">=18 <21", "npm": "9"}}'},
        (None, None, (">=18 <21", "assets/package.json engines.node")),
    ),
    "volta before engines, the root before assets": (
        {
            "package.json": '{"engines": {"node": ">=18"}, "volta": {"node": "20.1.0"}}',
            "assets/package.json": '{"engines": {"node": ">=16"}}',
        },
        (None, None, ("20.1.0", "package.json volta.node")),
    ),
    "package.json of something else": (
        {"website/package.json": '{"engines": {"node": "8"}}'},
        (None, None, None),
    ),
    "an umbrella's children": (
        {
            "mix.exs": mix_exs('apps_path: "apps"', app=""),
            "apps/a/mix.exs": mix_exs('elixir: "~> 1.14"', app="a"),
            "apps/b/mix.exs": mix_exs('elixir: "~> 1.15"', app="b"),
            "apps/c/mix.exs": mix_exs('elixir: "~> 1.14"', app="c"),
        },
        (
            ("~> 1.14 and ~> 1.15", "apps/a/mix.exs:8, apps/b/mix.exs:8"),
            None,
            None,
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_version_is_told_with_its_source(name: str) -> None:
    files, expected = CASES[name]
    versions = read(files).versions
    assert (told(versions.elixir), told(versions.otp), told(versions.node)) == expected


@pytest.mark.parametrize(
    "version", ["latest", "system", "ref:main", "path:/opt/elixir", "sub-1:latest"]
)
def test_what_only_a_machine_can_settle_is_unknown(version: str) -> None:
    found = read({".tool-versions": f"elixir {version}\n"}, project='elixir: "~> 1.15"').versions
    assert found.elixir == Unknown(
        reason=f"`{version}` is settled by the machine it is installed on",
        source=".tool-versions:1",
    )


def test_a_later_file_may_be_more_exact() -> None:
    found = read({".tool-versions": "nodejs lts\n", ".nvmrc": "20.1.0\n"}).versions
    assert told(found.node) == ("20.1.0", ".nvmrc:1")


def test_a_computed_requirement_is_unknown() -> None:
    found = read(project="elixir: requirement(1)").versions
    assert found.elixir == Unknown(
        reason="`requirement(1)` is known only by running it", source="mix.exs:8"
    )


def test_a_project_that_asks_for_nothing_says_where_it_could() -> None:
    found = read().versions
    assert isinstance(found, Versions)
    assert isinstance(found.node, Unknown)
    assert ".tool-versions" in found.node.reason


def test_a_mise_toml_that_is_no_toml_is_an_error() -> None:
    with pytest.raises(UnreadableConfiguration) as raised:
        read({"mise.toml": "[tools\n"})
    assert raised.value.file == "mise.toml"
    assert "line 1" in raised.value.problem
